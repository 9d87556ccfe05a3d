/** `pavlov train`: held-out rows before, GRPO, held-out rows after, and a run's folder with all of it. */
import type { Dataset } from "@pavlov/core";
import type { TrainResult } from "@pavlov/trainer";
import { Command } from "commander";
import type { EvaluateSettings } from "../config-parts.js";
import {
  cacheOptions,
  collect,
  commonOptions,
  deviceOption,
  frozenOption,
  hubOptions,
  invoke,
  numberAtLeast,
  type CommonOptions,
  type FrozenArguments,
  type Invocation,
} from "../invocation.js";
import type { ConfigOptions, ModelFolders } from "../load-run.js";
import type { Measurement } from "../measure.js";
import type { Measurements } from "../outcome.js";
import { readResume, resumeCommand, resumeHelp, resumeOptions, type ResumeArguments } from "../resume.js";
import type { SuccessRule } from "../success.js";
import type { Progress } from "../terminal/progress.js";
import type { Screen } from "../terminal/screen.js";
import { shownPath } from "../terminal/sections.js";
import { requireTrainer } from "../trainer.js";

type Options = CommonOptions & ConfigOptions & ResumeArguments & FrozenArguments;

const help = `
Examples:
  $ pavlov train examples/quickstart/pavlov.config.yaml
  $ pavlov train pavlov.config.yaml --set train.learningRate=1e-5 --set train.maxSteps=50 --seed 1
  $ pavlov train pavlov.config.yaml --json > events.jsonl

Ctrl-C stops after the current step and saves a checkpoint; a second Ctrl-C ends at once.
${resumeHelp("train", "pavlov.config.yaml")}`;

/** The command, for the program. */
export function trainCommand(): Command {
  const command = new Command("train")
    .description("train a model with GRPO on the rewards of a config")
    .argument("[config]", "the config file, or the folder of a pavlov.config.*", ".")
    .option("--set <path=value>", "replace a value of the config; may be given more than once", collect)
    .option("--output <folder>", "folder of the run")
    .option("--seed <number>", "seed of the run: train.seed", numberAtLeast(0, true))
    .option("--model <folder or id>", "start from this model instead of the config's")
    .option("--revision <name>", "branch, tag or commit of a model of the hub");
  return commonOptions(
    frozenOption(resumeOptions(cacheOptions(hubOptions(deviceOption(command))))),
    "print one JSON object for each event on standard output",
  )
    .addHelpText("after", help)
    .action(async (path: string, options: Options) => {
      await invoke(options, (invocation) => train(path, options, invocation), {
        onInterrupt: "Stopping after this step; a checkpoint will be saved.",
      });
    });
}

async function train(path: string, options: Options, invocation: Invocation): Promise<void> {
  const { screen, loudness, signal } = invocation;
  await requireTrainer("pavlov train");
  // Loaded here, so that --help and --version need no tensor library.
  const load = await import("../load-run.js");
  const sources = await import("../sources.js");
  const { measure } = await import("../measure.js");
  const { dropResult, hasResult, saveResult, runResult } = await import("../outcome.js");
  const { headerLines, measurementLine } = await import("../terminal/sections.js");
  const { listen } = await import("../terminal/listener.js");
  const { errorMessage } = await import("@pavlov/core");
  const { GRPOTrainer, hubRecord, recordedSources } = await import("@pavlov/trainer");
  const { checkFrozen, runOf } = await import("../frozen.js");
  const { saveBefore, readBefore } = await import("../before.js");

  const { path: configPath, ...resume } = await readResume(path, ".", options);
  const opened = await load.openConfig(configPath, options);
  const { config, loaded } = opened;
  const { evaluate: settings } = config;
  const engine = load.engineOption(config);
  const rewards = await load.openRewards(opened);
  if (options.frozen) await checkFrozen(opened, rewards, options, runOf(resume.resumeFrom, config.output));
  const rule = load.openSuccessRule(opened, rewards);
  load.checkTrainOptions(opened, rewards);
  const { onEvent, progress, settle } = listen(screen, loudness);
  const earlier = await recordedSources({ resumeFrom: resume.resumeFrom, output: config.output });
  const downloading = { ...invocation, onEvent, earlier };
  const hub = sources.hubOption(options);
  const cache = load.rewardCacheOption(opened, options);
  const datasets = await sources.openDatasets(opened, rewards, options, downloading);
  const { dataset, evalDataset } = datasets;
  const openedModel = await sources.openModel(opened, options, downloading);
  const { folders } = openedModel;
  await load.checkLoraOptions(opened, folders);
  const trainer = new GRPOTrainer({
    ...folders,
    rewards,
    dataset,
    ...(evalDataset && load.evaluatesWithin(config.train) ? { evalDataset } : {}),
    config: config.train,
    output: config.output,
    record: {
      file: loaded.path,
      evaluate: { dataset: config.evalDataset ?? null, ...settings },
      ...hubRecord({ ...openedModel.sources, ...datasets.sources }),
    },
    ...engine,
    ...hub,
    ...cache,
    ...resume,
    signal,
    onEvent: (event) => {
      onEvent(event);
      if (event.type === "start" && event.output !== null) keepBefore(event.output);
    },
  });

  const say = (lines: readonly string[]): void => {
    settle();
    if (loudness === "normal") for (const line of lines) screen.print(line);
  };
  const told = new Set<string>();
  const measured = async (when: string, model: ModelFolders): Promise<Measurement | undefined> => {
    if (evalDataset === undefined) return undefined;
    const maxCompletionLength = settings.maxCompletionLength ?? config.train.maxCompletionLength;
    const given = {
      ...model,
      ...hub,
      ...cache,
      rewards,
      dataset: evalDataset,
      settings,
      maxCompletionLength,
      chatTemplateKwargs: config.train.chatTemplateKwargs,
      signal,
      onEvent,
    };
    const measurement = await measure({ ...given, told, onError: "drop", ...engine, ...(rule ? { rule } : {}) });
    say([measurementLine(when, measurement, rule)]);
    return measurement;
  };
  const title = `pavlov train ${loaded.name}`;
  say(headerLines({ title, model: openedModel.name, dataset, evalDataset, rewards }, screen.width(), screen.colors));

  const isNew = resume.resumeFrom === false;
  const measuredBefore = isNew && settings.before ? await measured("before", folders) : undefined;
  let kept = Promise.resolve();
  const keepBefore = (folder: string): void => {
    kept = measuredBefore ? saveBefore(folder, measuredBefore) : dropResult(folder);
    // Heard again where it is awaited.
    kept.catch(() => undefined);
  };
  const training = await trainer.train();
  settle();
  await kept;
  const { output, stopped, steps, trainSeconds } = training;
  if (training.wasComplete && output !== null && (await hasResult(output))) return;
  const before = isNew || !settings.before || output === null ? measuredBefore : await readBefore(output);
  const trained = settings.after && !stopped ? training.model : null;
  const after =
    trained === null
      ? undefined
      : await measured("after", { model: trained }).catch((error: unknown) => {
          // The training is done by now: what goes wrong from here on only leaves the measurement out.
          if (signal.aborted) return undefined;
          const again = `pavlov eval ${loaded.name} --model ${shownPath(trained)}`;
          const what = `The trained model is saved, but could not be measured: ${errorMessage(error)}`;
          onEvent({ type: "warning", message: `${what} To measure it again: ${again}` });
          return undefined;
        });

  const measurements = { ...(before ? { before } : {}), ...(after ? { after } : {}) };
  const result = runResult(measurements, { steps, trainSeconds, output: output === null ? null : shownPath(output) });
  if (output !== null && !stopped) await saveResult(output, result);
  if (loudness === "json") {
    screen.print(JSON.stringify({ type: "result", stopped, ...result }));
    return;
  }
  const { name } = loaded;
  const goOn = stopped ? goOnWith(training, name, options) : undefined;
  const { history, abstained } = progress();
  const seen = { history, abstained };
  const run = { training, measurements, rule, settings, evalDataset, seen, ...(goOn === undefined ? {} : { goOn }) };
  for (const line of await outcomeLines(run, screen)) screen.print(line);
}

/** The command that a stopped run goes on with; undefined where it saved nothing. */
function goOnWith({ checkpoint, output, model }: TrainResult, name: string, options: Options): string | undefined {
  if (checkpoint && output !== null) return resumeCommand("train", name, shownPath(output), options);
  return model === null ? undefined : `pavlov train ${name} --model ${shownPath(model)}`;
}

interface Outcome {
  /** The command that a stopped run goes on with. */
  readonly goOn?: string;
  readonly training: TrainResult;
  readonly measurements: Measurements;
  readonly rule: SuccessRule | undefined;
  readonly settings: EvaluateSettings;
  readonly evalDataset: Dataset | undefined;
  readonly seen: Pick<Progress, "history" | "abstained">;
}

/** The table, the samples, how the run ended and where it is. */
async function outcomeLines(outcome: Outcome, { width, colors }: Screen): Promise<string[]> {
  const { reportLines } = await import("../outcome.js");
  const { endingLines } = await import("../terminal/sections.js");
  const { goOn, training, measurements, rule, settings, evalDataset, seen } = outcome;
  const { output, stopped, steps, maxSteps, trainSeconds } = training;
  const ending = {
    ...{ steps, maxSteps, stopped, output, seconds: trainSeconds, ...seen },
    measured: "reward" as const,
    contents:
      steps === 0 ? "config.json" : `model/, metrics.jsonl, completions/, ${stopped ? "checkpoints/" : "result.json"}`,
    ...(goOn === undefined ? {} : { goOn }),
  };
  const report = measurements.after && evalDataset;
  return [
    ...(report ? ["", ...reportLines(measurements, rule, settings, evalDataset, width(), colors)] : []),
    ...endingLines(ending, width(), colors),
  ];
}
