/** `pavlov generate`: completes prompts with a model. */
import type { Device } from "@pavlov/trainer";
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
import { requireTrainer } from "../trainer.js";

interface Options extends CommonOptions {
  readonly model: string;
  readonly revision?: string;
  readonly offline?: boolean;
  readonly device?: Device;
  readonly adapter?: string;
  readonly prompt: readonly string[];
  readonly count: number;
  readonly maxTokens?: number;
  readonly temperature: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed: number;
}

const help = `
Examples:
  $ pavlov generate --model models/arithmetic --prompt "522+768="
  $ pavlov generate --model runs/quickstart/model --prompt "939-666=" --temperature 0
  $ pavlov generate --model models/arithmetic --prompt "522+768=" --count 4 --seed 7 --json`;

/** The command, for the program. */
export function generateCommand(): Command {
  const command = new Command("generate")
    .description("complete prompts with a model")
    .requiredOption("--model <folder or id>", "folder of the model, or its id on the hub")
    .option("--revision <name>", "branch, tag or commit of a model of the hub")
    .option("--adapter <folder or id>", "a LoRA adapter for the model: its folder, or its id on the hub")
    .requiredOption("--prompt <text>", "what to complete; may be given more than once", collect)
    .option("--count <number>", "completions of each prompt", numberAtLeast(1, true), 1)
    .option(
      "--max-tokens <number>",
      "most tokens of a completion (default: 256, or what the context leaves)",
      numberAtLeast(1, true),
    )
    .option("--temperature <number>", "0 takes the most likely token", numberAtLeast(0, false), 1)
    .option(
      "--top-p <number>",
      "sample among the most likely tokens of this total probability",
      numberAtLeast(0, false),
    )
    .option("--top-k <number>", "sample among this many most likely tokens", numberAtLeast(0, true))
    .option("--seed <number>", "decides what is sampled", numberAtLeast(0, true), 42);
  return commonOptions(hubOptions(deviceOption(command)), "print one JSON object for each completion")
    .addHelpText("after", help)
    .action(async (options: Options) => {
      await invoke(options, (invocation) => generate(options, invocation), { stopsAtOnce: true });
    });
}

async function generate(options: Options, invocation: Invocation): Promise<void> {
  const { screen, loudness } = invocation;
  await requireTrainer("pavlov generate");
  // Loaded here, so that --help and --version need no tensor library.
  const { generateText } = await import("@pavlov/trainer");
  const { hubOption, openNamedModel } = await import("../sources.js");
  const { listen } = await import("../terminal/listener.js");
  const { printable } = await import("../terminal/text.js");

  // Standard output is for completions alone: what is said on the way goes to standard error.
  const aside = { ...screen, print: (line = "") => screen.complain(line) };
  const { onEvent, settle } = listen(aside, loudness === "json" ? "quiet" : loudness);
  const { folders } = await openNamedModel(options, { ...invocation, onEvent });
  settle();
  const { topK, topP } = options;
  const config = {
    temperature: options.temperature,
    maxCompletionLength: options.maxTokens ?? null,
    numGenerations: options.count,
    seed: options.seed,
    ...(topP === undefined ? {} : { topP }),
    ...(topK === undefined ? {} : { topK }),
  };
  let computed: { readonly device?: string; readonly engine?: string } = {};
  const { completions } = await generateText({
    ...folders,
    ...hubOption(options),
    ...(options.device === undefined ? {} : { engine: { device: options.device } }),
    prompts: options.prompt,
    config,
    onEvent(event) {
      if (event.type !== "device") return onEvent(event);
      const { device, engine } = event;
      computed = { device, engine };
      // Standard output is the completions'.
      if (loudness === "normal" && device !== "cpu") screen.complain(screen.errorColors.dim(`computing on ${device}`));
    },
  });
  settle();
  const several = options.prompt.length > 1 || options.count > 1;
  for (const { prompt, completion, tokenIds, finishReason } of completions) {
    if (loudness === "json") {
      screen.print(JSON.stringify({ prompt, completion, tokenIds, finishReason, ...computed }));
      continue;
    }
    const lead = several ? `${screen.colors.dim(printable(prompt))} ` : "";
    const cutOff = finishReason === "length" ? screen.colors.dim(" … (cut at --max-tokens)") : "";
    screen.print(`${lead}${printable(completion)}${cutOff}`);
  }
}
