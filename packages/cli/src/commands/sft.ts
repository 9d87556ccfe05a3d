/** `pavlov sft`: supervised training on rows of prompt and completion. */
import { Command } from "commander";
import { collect, commonOptions, invoke, numberAtLeast, type CommonOptions, type Invocation } from "../invocation.js";
import type { ConfigOptions } from "../load-run.js";

type Options = CommonOptions & ConfigOptions;

const help = `
The config has a model, a dataset with prompts and completions, and options under "train".

Examples:
  $ pavlov sft sft.config.yaml
  $ pavlov sft sft.config.yaml --set train.maxSteps=100 --output runs/short

Ctrl-C stops after the current step and saves the model; a second Ctrl-C ends at once.`;

/** The command, for the program. */
export function sftCommand(): Command {
  const command = new Command("sft")
    .description("train a model on demonstrations (supervised)")
    .argument("<config>", "the config file")
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
  const { adapterOption, checkModel, engineOption, openSFTFile } = await import("../load-run.js");
  const { endingLines, headerLines, shownPath } = await import("../terminal/sections.js");
  const { listen } = await import("../terminal/listener.js");
  const { loadDataset } = await import("@pavlov/core");
  const { SFTTrainer } = await import("@pavlov/trainer");

  const opened = await openSFTFile(path, options);
  const { config, loaded } = opened;
  const dataset = await loadDataset(loaded.value.dataset, loaded.folder);
  await checkModel(opened, options);
  const { onEvent, progress, settle } = listen(screen, loudness);
  if (loudness === "normal") {
    const header = { title: `pavlov sft ${loaded.name}`, model: config.model, dataset };
    for (const line of headerLines(header, screen.width(), screen.colors)) screen.print(line);
  }
  const trainer = new SFTTrainer({
    model: config.model,
    ...adapterOption(config),
    dataset,
    config: config.train,
    output: config.output,
    record: { file: loaded.path },
    ...engineOption(config),
    signal,
    onEvent,
  });
  const result = await trainer.train();
  settle();
  const { output, stopped, steps, maxSteps, trainSeconds } = result;
  if (loudness === "json") {
    const shown = output === null ? null : shownPath(output);
    screen.print(JSON.stringify({ type: "result", stopped, steps, trainSeconds, output: shown }));
    return;
  }
  const ending = {
    ...{ steps, maxSteps, seconds: trainSeconds, stopped, output },
    contents: "model/, metrics.jsonl",
    measured: "loss" as const,
    history: progress().history,
    ...(stopped && result.model !== null
      ? { goOn: `pavlov sft ${loaded.name} --model ${shownPath(result.model)}` }
      : {}),
  };
  for (const line of endingLines(ending, screen.width(), screen.colors)) screen.print(line);
}
