/** `pavlov merge`: adds a LoRA adapter to its base and saves the model. */
import { resolve } from "node:path";
import { Command } from "commander";
import { commonOptions, hubOptions, invoke, type CommonOptions, type Invocation } from "../invocation.js";
import { requireTrainer } from "../trainer.js";

interface Options extends CommonOptions {
  readonly model?: string;
  readonly revision?: string;
  readonly offline?: boolean;
  readonly output: string;
}

const help = `
The base is the one that the adapter names, unless --model gives another place.

Examples:
  $ pavlov merge runs/lora/model --output models/merged
  $ pavlov merge adapters/math --model models/base --output models/math
  $ pavlov merge acme/math-lora --model HuggingFaceTB/SmolLM2-135M-Instruct --output models/math`;

/** The command, for the program. */
export function mergeCommand(): Command {
  const command = new Command("merge")
    .description("add a LoRA adapter to its base model and save the result")
    .argument("<adapter>", "folder of the adapter, in PEFT's layout, or its id on the hub")
    .requiredOption("--output <folder>", "folder of the merged model")
    .option("--model <folder or id>", "the base model: its folder, or its id on the hub")
    .option("--revision <name>", "branch, tag or commit of a base model of the hub that --model names");
  return commonOptions(hubOptions(command), "print the result as one JSON object")
    .addHelpText("after", help)
    .action(async (adapter: string, options: Options) => {
      await invoke(options, (invocation) => merge(adapter, options, invocation), { stopsAtOnce: true });
    });
}

async function merge(reference: string, options: Options, invocation: Invocation): Promise<void> {
  const { screen, loudness } = invocation;
  await requireTrainer("pavlov merge");
  // Loaded here, so that --help and --version need no tensor library.
  const { mergeAdapterFolder } = await import("@pavlov/trainer");
  const { openNamedAdapter } = await import("../sources.js");
  const { listen } = await import("../terminal/listener.js");
  const { shownPath } = await import("../terminal/sections.js");

  if (options.revision !== undefined && options.model === undefined) {
    const { PavlovError } = await import("@pavlov/core");
    throw new PavlovError(`--revision ${options.revision} is that of --model, which is not given.`, {
      hint: "An adapter's settings name the revision of its base. To take another one, add --model <id>.",
    });
  }
  const { onEvent, settle } = listen(screen, loudness === "json" || !screen.isLive ? "quiet" : loudness);
  const opened = await openNamedAdapter(reference, options, { ...invocation, onEvent });
  settle();
  const output = resolve(options.output);
  const { base, projections } = await mergeAdapterFolder({ adapter: opened.adapter, model: opened.base, output });
  const adapter = shownPath(opened.adapter);
  if (loudness === "json") {
    screen.print(JSON.stringify({ adapter, base, projections, output: shownPath(output) }));
    return;
  }
  if (loudness === "quiet") return;
  screen.print(`Merged ${adapter} into ${projections} projections of ${shownPath(base)}: ${shownPath(output)}`);
}
