/** `pavlov eval`: measures a model on held-out rows with the rewards of a config. */
import type { TrainEvent } from "@pavlov/trainer";
import { Command } from "commander";
import {
  cacheOptions,
  collect,
  commonOptions,
  deviceOption,
  frozenOption,
  hubOptions,
  invoke,
  type CommonOptions,
  type FrozenArguments,
  type Invocation,
} from "../invocation.js";
import type { ConfigOptions } from "../load-run.js";
import { requireTrainer } from "../trainer.js";

type Options = CommonOptions & ConfigOptions & FrozenArguments;

const help = `
The rows are those of evalDataset, or of dataset where the config has no other. How they are sampled, and which rewards
make a success, stands under "evaluate".

Examples:
  $ pavlov eval pavlov.config.yaml --model runs/quickstart/model
  $ pavlov eval pavlov.config.yaml --set evaluate.limit=50 --json`;

/** The command, for the program. */
export function evalCommand(): Command {
  const command = new Command("eval")
    .description("measure a model on held-out rows with the rewards of a config")
    .argument("[config]", "the config file, or the folder of a pavlov.config.*", ".")
    .option("--model <folder or id>", "measure this model instead of the config's")
    .option("--revision <name>", "branch, tag or commit of a model of the hub")
    .option("--set <path=value>", "replace a value of the config; may be given more than once", collect);
  return commonOptions(
    frozenOption(cacheOptions(hubOptions(deviceOption(command)))),
    "print the result as one JSON object, completions included",
  )
    .addHelpText("after", help)
    .action(async (path: string, options: Options) => {
      await invoke(options, (invocation) => evaluate(path, options, invocation));
    });
}

async function evaluate(path: string, options: Options, invocation: Invocation): Promise<void> {
  const { screen, loudness, signal } = invocation;
  await requireTrainer("pavlov eval");
  // Loaded here, so that --help and --version need no tensor library.
  const load = await import("../load-run.js");
  const sources = await import("../sources.js");
  const { measure } = await import("../measure.js");
  const { reportLines } = await import("../outcome.js");
  const { headerLines } = await import("../terminal/sections.js");
  const { listen } = await import("../terminal/listener.js");
  const { checkFrozen } = await import("../frozen.js");

  const opened = await load.openConfig(path, options);
  const { config, loaded } = opened;
  const { evaluate: settings } = config;
  const rewards = await load.openRewards(opened);
  if (options.frozen) await checkFrozen(opened, rewards, options);
  const rule = load.openSuccessRule(opened, rewards);
  // With --json the one object on standard output is the result.
  const { onEvent, settle } = listen(screen, loudness === "json" ? "quiet" : loudness);
  const downloading = { ...invocation, onEvent };
  const datasets = await sources.openDatasets(opened, rewards, options, downloading);
  const { folders, name } = await sources.openModel(opened, options, downloading);
  settle();
  const dataset = datasets.evalDataset ?? datasets.dataset;
  if (loudness === "normal") {
    const header = { title: `pavlov eval ${loaded.name}`, model: name, evalDataset: dataset, rewards };
    for (const line of headerLines(header, screen.width(), screen.colors)) screen.print(line);
  }
  const maxCompletionLength = settings.maxCompletionLength ?? config.train.maxCompletionLength;
  let computed: { readonly device?: string; readonly engine?: string } = {};
  const given = {
    ...folders,
    ...sources.hubOption(options),
    ...load.rewardCacheOption(opened, options),
    rewards,
    dataset,
    settings,
    maxCompletionLength,
    chatTemplateKwargs: config.train.chatTemplateKwargs,
    signal,
    onEvent(event: TrainEvent) {
      onEvent(event);
      if (event.type === "device") computed = { device: event.device, engine: event.engine };
    },
  };
  const measurement = await measure({ ...given, ...load.engineOption(config), ...(rule ? { rule } : {}) });
  settle();
  if (loudness === "json") {
    screen.print(JSON.stringify({ ...computed, ...measurement }));
    return;
  }
  const lines = reportLines({ after: measurement }, rule, settings, dataset, screen.width(), screen.colors);
  for (const line of lines) screen.print(line);
}
