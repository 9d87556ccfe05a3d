/** `pavlov bench`: times GRPO on the work that TRL is timed on, and prints the figures under the same names. */
import { availableParallelism, cpus } from "node:os";
import type { Device } from "@pavlov/trainer";
import { Command, Option } from "commander";
import type { BenchOptions } from "../bench/work.js";
import {
  commonOptions,
  deviceOption,
  hubOptions,
  invoke,
  numberAtLeast,
  type CommonOptions,
  type Invocation,
} from "../invocation.js";
import { requireTrainer } from "../trainer.js";

interface Options extends CommonOptions, BenchOptions {
  readonly model: string;
  readonly data: string;
  readonly threads?: number;
  readonly offline?: boolean;
  readonly device?: Device;
  readonly save: boolean;
}

const help = `
The rows have the columns question and answer, as GSM8K's. Each question becomes a chat prompt; the rewards are the
distance from 20 words and whether the answer's digits are there. All completions are made as long as --new says. The
first step compiles programs and is left out of the means. Standard output gets one line of JSON. On a GPU the table and
the line also tell what crosses between memory and the GPU.

Examples:
  $ pavlov bench --model HuggingFaceTB/SmolLM2-135M-Instruct --data openai/gsm8k
  $ pavlov bench --model smollm2-135m-instruct --data gsm8k/train.jsonl --prompts 4 --precision int8 > figures.json
  $ pavlov bench --model smollm2-135m-instruct --data gsm8k/train.jsonl --lora 16 --micro 4 --json`;

/** The command, for the program. */
export function benchCommand(): Command {
  const count = (least: number) => numberAtLeast(least, true);
  const command = new Command("bench")
    .description("time GRPO on a model, on the same work as TRL")
    .requiredOption("--model <folder or id>", "folder of the model, or its id on the hub")
    .requiredOption("--data <file or id>", "rows with the columns question and answer, or a dataset on the hub")
    .option("--generations <number>", "completions of each prompt", count(2), 8)
    .option("--prompts <number>", "prompts of a step", count(1), 1)
    .option("--new <number>", "tokens of every completion", count(1), 64)
    .option("--steps <number>", "optimizer steps; the first is not measured", count(2), 4)
    .option("--micro <number>", "completions of a micro-batch; 0: all of a step", count(0), 0)
    .option("--lora <rank>", "train an adapter of this rank; 0: all weights", count(0), 0)
    .addOption(
      new Option("--precision <kind>", "of the rollouts").choices(["float32", "int8"] as const).default("float32"),
    )
    .option("--checkpointing", "keep no activations, compute them twice", false)
    .addOption(
      new Option("--pass <kind>", "how forward and backward passes are computed; auto: by the model's size")
        .choices(["auto", "whole", "layered"] as const)
        .default("auto"),
    )
    .option("--save", "time saving the trained model too, in a temporary folder", false)
    .option("--lr <rate>", "learning rate", numberAtLeast(0, false), 1e-6)
    .option("--threads <number>", "threads of the engine (default: the machine's cores)", count(1));
  return commonOptions(hubOptions(deviceOption(command)), "print the line of JSON and nothing else")
    .addHelpText("after", help)
    .action(async (options: Options) => {
      await invoke(options, (invocation) => bench(options, invocation), { stopsAtOnce: true });
    });
}

async function bench(options: Options, invocation: Invocation): Promise<void> {
  const { screen, loudness, signal } = invocation;
  await requireTrainer("pavlov bench");
  // Loaded here, so that --help and --version need no tensor library.
  const { GRPOTrainer, loadTokenizer } = await import("@pavlov/trainer");
  const { benchConfig, benchDataset, benchRewards } = await import("../bench/work.js");
  const { benchFigures, figureLines } = await import("../bench/figures.js");
  const { benchRun } = await import("../bench/run.js");
  const { openNamedModel } = await import("../sources.js");
  const { listen } = await import("../terminal/listener.js");

  // Standard output is for the line of JSON: what is said on the way goes to standard error.
  const aside = { ...screen, print: (line = "") => screen.complain(line) };
  const { onEvent, settle } = listen(aside, loudness === "json" ? "quiet" : loudness);
  const config = benchConfig(options);
  const rewards = benchRewards();
  const { folders, tokenizer } = await openNamedModel(options, { ...invocation, onEvent });
  const { hasChatTemplate: chat } = await loadTokenizer(tokenizer);
  const hub = { signal, onEvent, ...(options.offline === undefined ? {} : { offline: options.offline }) };
  const dataset = await benchDataset({ path: options.data, rewards, chat, hub }, options);
  if (!chat) {
    onEvent({ type: "note", message: "The model has no chat template: prompts are the questions as they are." });
  }
  const run = await benchRun(
    (onRunEvent, output) =>
      new GRPOTrainer({
        ...folders,
        ...(output === undefined ? {} : { output }),
        hub,
        rewards,
        dataset,
        config,
        pass: options.pass,
        engine: {
          ...(options.device === undefined ? {} : { device: options.device }),
          ...(options.threads === undefined ? {} : { threads: options.threads }),
        },
        onEvent(event) {
          onEvent(event);
          onRunEvent(event);
        },
      }),
    options,
  );
  settle();
  const figures = benchFigures(run.steps, {
    ...options,
    ...run.measured,
    threads: options.threads ?? availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
  });
  if (loudness === "normal") for (const line of figureLines(figures, screen.width())) screen.complain(line);
  screen.print(JSON.stringify(figures));
}
