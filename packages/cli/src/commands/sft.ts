/** `pavlov sft`: supervised training on rows of prompt and completion. */
import { Command } from "commander";
import {
  collect,
  commonOptions,
  deviceOption,
  hubOptions,
  invoke,
  numberAtLeast,
  type CommonOptions,
  type Invocation,
} from "../invocation.js";
import type { ConfigOptions } from "../load-run.js";
import { readResume, resumeCommand, resumeHelp, resumeOptions, type ResumeArguments } from "../resume.js";
import { requireTrainer } from "../trainer.js";

type Options = CommonOptions & ConfigOptions & ResumeArguments;

const help = `
The config has a model, a dataset with prompts and completions, and options under "train".

Examples:
  $ pavlov sft sft.config.yaml
  $ pavlov sft sft.config.yaml --set train.maxSteps=100 --output runs/short

Ctrl-C stops after the current step and saves a checkpoint; a second Ctrl-C ends at once.
${resumeHelp("sft", "sft.config.yaml")}`;

/** The command, for the program. */
export function sftCommand(): Command {
  const command = new Command("sft")
    .description("train a model on demonstrations (supervised)")
    .argument("<config>", "the config file")
    .option("--set <path=value>", "replace a value of the config; may be given more than once", collect)
    .option("--output <folder>", "folder of the run")
    .option("--seed <number>", "seed of the run: train.seed", numberAtLeast(0, true))
    .option("--model <folder or id>", "start from this model instead of the config's")
    .option("--revision <name>", "branch, tag or commit of a model of the hub");
  return commonOptions(
    resumeOptions(hubOptions(deviceOption(command))),
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
  await requireTrainer("pavlov sft");
  // Loaded here, so that --help and --version need no tensor library.
  const { engineOption, openSFTFile } = await import("../load-run.js");
  const { endingLines, headerLines, shownPath } = await import("../terminal/sections.js");
  const { listen } = await import("../terminal/listener.js");
  const { hubOption, openDataset, openModel } = await import("../sources.js");
  const { hubRecord, recordedSources, SFTTrainer } = await import("@pavlov/trainer");

  const { path: configPath, ...resume } = await readResume(path, undefined, options);
  const opened = await openSFTFile(configPath, options);
  const { config, loaded } = opened;
  const { onEvent, progress, settle } = listen(screen, loudness);
  const earlier = await recordedSources({ resumeFrom: resume.resumeFrom, output: config.output });
  const downloading = { ...invocation, onEvent, earlier };
  const { dataset, source } = await openDataset(opened, "dataset", options, downloading);
  const model = await openModel(opened, options, downloading);
  settle();
  if (loudness === "normal") {
    const header = { title: `pavlov sft ${loaded.name}`, model: model.name, dataset };
    for (const line of headerLines(header, screen.width(), screen.colors)) screen.print(line);
  }
  const trainer = new SFTTrainer({
    ...model.folders,
    dataset,
    config: config.train,
    output: config.output,
    record: { file: loaded.path, ...hubRecord({ ...model.sources, ...(source ? { dataset: source } : {}) }) },
    ...engineOption(config),
    ...hubOption(options),
    ...resume,
    signal,
    onEvent,
  });
  const result = await trainer.train();
  settle();
  const { output, stopped, steps, maxSteps, trainSeconds, checkpoint } = result;
  if (loudness === "json") {
    const shown = output === null ? null : shownPath(output);
    screen.print(JSON.stringify({ type: "result", stopped, steps, trainSeconds, output: shown }));
    return;
  }
  if (result.wasComplete) return;
  const goOn =
    checkpoint && output !== null
      ? resumeCommand("sft", loaded.name, shownPath(output), options)
      : result.model && `pavlov sft ${loaded.name} --model ${shownPath(result.model)}`;
  const ending = {
    ...{ steps, maxSteps, seconds: trainSeconds, stopped, output },
    contents: steps === 0 ? "config.json" : `model/, metrics.jsonl${stopped ? ", checkpoints/" : ""}`,
    measured: "loss" as const,
    history: progress().history,
    ...(stopped && goOn ? { goOn } : {}),
  };
  for (const line of endingLines(ending, screen.width(), screen.colors)) screen.print(line);
}
