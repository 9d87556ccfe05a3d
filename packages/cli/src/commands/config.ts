/** `pavlov config`: checks a config and prints it with every default filled in. */
import { Command } from "commander";
import { collect, commonOptions, invoke, type CommonOptions, type Invocation } from "../invocation.js";
import type { ConfigOptions } from "../load-run.js";
import { requireTrainer } from "../trainer.js";

type Options = CommonOptions & ConfigOptions & { readonly print?: boolean };

const help = `
A config may do without a model where it is for score and audit alone.

Examples:
  $ pavlov config pavlov.config.yaml
  $ pavlov config --print pavlov.config.yaml
  $ pavlov config --print pavlov.config.yaml --set train.lossType=grpo --json`;

/** The command, for the program. */
export function configCommand(): Command {
  const command = new Command("config")
    .description("check a config; with --print, print it with every default filled in")
    .argument("[config]", "the config file, or the folder of a pavlov.config.*", ".")
    .option("--print", "print the config as YAML, defaults included")
    .option("--set <path=value>", "replace a value of the config; may be given more than once", collect);
  return commonOptions(command, "print it as JSON")
    .addHelpText("after", help)
    .action(async (path: string, options: Options) => {
      await invoke(options, (invocation) => config(path, options, invocation));
    });
}

async function config(path: string, options: Options, { screen, loudness }: Invocation): Promise<void> {
  await requireTrainer("pavlov config");
  const { openScoringConfig, openRewards } = await import("../load-run.js");
  const { parse } = await import("yaml");
  const { printConfig } = await import("@pavlov/core/config");
  const { describeRewards } = await import("../terminal/sections.js");

  const opened = await openScoringConfig(path, options);
  const rewards = await openRewards(opened);
  const text = printConfig(opened.config).trimEnd();
  if (loudness === "json") screen.print(JSON.stringify(parse(text), null, 2));
  else if (options.print) screen.print(text);
  else if (loudness === "normal") {
    const { name } = opened.loaded;
    const use = opened.config.model === undefined ? " for score and audit; train and eval need a model" : "";
    screen.print(`${name} is a valid config${use}. Rewards: ${describeRewards(rewards)}.`);
  }
}
