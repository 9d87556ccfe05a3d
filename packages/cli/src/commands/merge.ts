/** `pavlov merge`: adds a LoRA adapter to its base and saves the model. */
import { resolve } from "node:path";
import { Command } from "commander";
import { commonOptions, invoke, type CommonOptions, type Invocation } from "../invocation.js";

interface Options extends CommonOptions {
  readonly model?: string;
  readonly output: string;
}

const help = `
The base is the one that the adapter names, unless --model gives another place.

Examples:
  $ pavlov merge runs/lora/model --output models/merged
  $ pavlov merge adapters/math --model models/base --output models/math`;

/** The command, for the program. */
export function mergeCommand(): Command {
  const command = new Command("merge")
    .description("add a LoRA adapter to its base model and save the result")
    .argument("<adapter>", "folder of the adapter, in PEFT's layout")
    .requiredOption("--output <folder>", "folder of the merged model")
    .option("--model <folder>", "folder of the base model");
  return commonOptions(command, "print the result as one JSON object")
    .addHelpText("after", help)
    .action(async (adapter: string, options: Options) => {
      await invoke(options, (invocation) => merge(adapter, options, invocation), { stopsAtOnce: true });
    });
}

async function merge(adapter: string, options: Options, { screen, loudness }: Invocation): Promise<void> {
  // Loaded here, so that --help and --version need no tensor library.
  const { mergeAdapterFolder } = await import("@pavlov/trainer");
  const { shownPath } = await import("../terminal/sections.js");

  const output = resolve(options.output);
  const model = options.model === undefined ? {} : { model: resolve(options.model) };
  const { base, projections } = await mergeAdapterFolder({ adapter: resolve(adapter), ...model, output });
  if (loudness === "json") {
    screen.print(
      JSON.stringify({ adapter: shownPath(resolve(adapter)), base, projections, output: shownPath(output) }),
    );
    return;
  }
  if (loudness === "quiet") return;
  const what = `${projections} projections of ${shownPath(base)}`;
  screen.print(`Merged ${shownPath(resolve(adapter))} into ${what}: ${shownPath(output)}`);
}
