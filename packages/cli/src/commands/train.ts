/** `pavlov train`: held-out rows before, GRPO, held-out rows after, and a run's folder with all of it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { collect, commonOptions, invoke, numberAtLeast, type CommonOptions, type Invocation } from "../invocation.js";
import type { ConfigOptions } from "../load-run.js";
import type { Measurement } from "../measure.js";

type Options = CommonOptions & ConfigOptions;

const help = `
Examples:
  $ pavlov train examples/quickstart/pavlov.config.yaml
  $ pavlov train pavlov.config.yaml --set train.learningRate=1e-5 --set train.maxSteps=50 --seed 1
  $ pavlov train pavlov.config.yaml --json > events.jsonl

Ctrl-C stops after the current step and saves the model; a second Ctrl-C ends at once.`;

/** The command, for the program. */
export function trainCommand(): Command {
  const command = new Command("train")
    .description("train a model with GRPO on the rewards of a config")
    .argument("[config]", "the config file, or the folder of a pavlov.config.*", ".")
    .option("--set <path=value>", "replace a value of the config; may be given more than once", collect)
    .option("--output <folder>", "folder of the run")
    .option("--seed <number>", "seed of the run: train.seed", numberAtLeast(0, true))
    .option("--model <folder>", "start from this model instead of the config's");
  return commonOptions(command, "print one JSON object for each event on standard output")
    .addHelpText("after", help)
    .action(async (path: string, options: Options) => {
      await invoke(options, (invocation) => train(path, options, invocation), {
        onInterrupt: "Stopping after this step; the model will be saved.",
      });
    });
}

async function train(path: string, options: Options, { screen, loudness, signal }: Invocation): Promise<void> {
  // Loaded here, so that --help and --version need no tensor library.
  const load = await import("../load-run.js");
  const { measure } = await import("../measure.js");
  const { reportLines, runResult } = await import("../outcome.js");
  const { endingLines, headerLines, measurementLine, shownPath } = await import("../terminal/sections.js");
  const { listen } = await import("../terminal/listener.js");
  const { GRPOTrainer } = await import("@pavlov/trainer");

  const opened = await load.openConfig(path, options);
  const { config, loaded } = opened;
  const { evaluate: settings, model } = config;
  const engine = load.engineOption(config);
  const rewards = await load.openRewards(opened);
  const rule = load.openSuccessRule(opened, rewards);
  const { dataset, evalDataset } = await load.openDatasets(opened, rewards);
  await load.checkModel(opened, options);
  const { onEvent, progress, settle } = listen(screen, loudness);
  const say = (lines: readonly string[]): void => {
    settle();
    if (loudness === "normal") for (const line of lines) screen.print(line);
  };
  const measured = async (when: string, folder: string): Promise<Measurement | undefined> => {
    if (evalDataset === undefined) return undefined;
    const maxCompletionLength = settings.maxCompletionLength ?? config.train.maxCompletionLength;
    const given = { model: folder, rewards, dataset: evalDataset, settings, maxCompletionLength, signal, onEvent };
    const measurement = await measure({ ...given, ...engine, ...(rule ? { rule } : {}) });
    say([measurementLine(when, measurement, rule)]);
    return measurement;
  };

  const title = `pavlov train ${loaded.name}`;
  say(headerLines({ title, model, dataset, evalDataset, rewards }, screen.width(), screen.colors));
  const trainer = new GRPOTrainer({
    model,
    rewards,
    dataset,
    ...(evalDataset && config.train.evalStrategy !== "no" ? { evalDataset } : {}),
    config: config.train,
    output: config.output,
    record: { file: loaded.path, evaluate: { dataset: config.evalDataset ?? null, ...settings } },
    ...engine,
    signal,
    onEvent,
  });
  const before = settings.before ? await measured("before", model) : undefined;
  const result = await trainer.train();
  settle();
  const { output, stopped, steps, maxSteps, seconds, trainSeconds } = result;
  const after = settings.after && !stopped && result.model !== null ? await measured("after", result.model) : undefined;

  const measurements = { ...(before ? { before } : {}), ...(after ? { after } : {}) };
  const summary = runResult(measurements, { steps, trainSeconds, output: output === null ? null : shownPath(output) });
  if (output !== null && !stopped) await writeFile(join(output, "result.json"), `${JSON.stringify(summary, null, 2)}\n`);
  if (loudness === "json") {
    screen.print(JSON.stringify({ type: "result", stopped, ...summary }));
    return;
  }
  if (evalDataset && after) {
    const held = { name: shownPath(evalDataset.name), rows: Math.min(evalDataset.rows.length, settings.limit ?? Infinity) };
    const lines = reportLines(measurements, rule, settings, held, screen.width(), screen.colors);
    for (const line of lines) screen.print(line);
  }
  const ending = endingLines(
    {
      ...{ steps, maxSteps, seconds: trainSeconds, stopped, output },
      contents: stopped ? "model/, metrics.jsonl, completions/" : "model/, metrics.jsonl, completions/, result.json",
      measured: "reward",
      history: progress().history,
      ...(stopped && result.model !== null ? { goOn: `pavlov train ${loaded.name} --model ${shownPath(result.model)}` } : {}),
    },
    screen.width(),
    screen.colors,
  );
  for (const line of ending) screen.print(line);
}
