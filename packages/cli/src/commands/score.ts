/** `pavlov score`: what the rewards of a config give for completions in a file, and why. No model is needed. */
import type { ScoredBatch } from "@pavlov/core";
import { Command } from "commander";
import { cacheOptions, collect, commonOptions, invoke, type CommonOptions, type Invocation } from "../invocation.js";
import type { ConfigOptions } from "../load-run.js";

type Options = CommonOptions & ConfigOptions & { readonly completions: string };

const help = `
Each line of the file is an object with a "completion", the columns that the rewards read, and optionally a "prompt":
  {"prompt": "522+768=", "completion": "<think>…</think><answer>1290</answer>", "answer": "1290"}

Examples:
  $ pavlov score pavlov.config.yaml --completions completions.jsonl
  $ pavlov score pavlov.config.yaml --completions completions.jsonl --json > scores.jsonl`;

/** The command, for the program. */
export function scoreCommand(): Command {
  const command = new Command("score")
    .description("score completions of a file with the rewards of a config")
    .argument("[config]", "the config file, or the folder of a pavlov.config.*", ".")
    .requiredOption("--completions <file>", "JSON lines: completion, columns, optionally prompt")
    .option("--set <path=value>", "replace a value of the config; may be given more than once", collect);
  return commonOptions(cacheOptions(command), "print one JSON object for each completion")
    .addHelpText("after", help)
    .action(async (path: string, options: Options) => {
      await invoke(options, (invocation) => score(path, options, invocation));
    });
}

async function score(path: string, options: Options, { screen, loudness, signal }: Invocation): Promise<void> {
  const { openConfig, openRewards, rewardCacheOption } = await import("../load-run.js");
  const { readCompletions, samplesOf } = await import("../completions-file.js");
  const { meanLines, scoreLines, usageLines } = await import("../terminal/scores.js");
  const { checkDataset, createScorer } = await import("@pavlov/core");

  const opened = await openConfig(path, options);
  const rewards = await openRewards(opened);
  const dataset = await checkDataset(await readCompletions(options.completions, opened.config.dataset), rewards);
  const samples = samplesOf(dataset);
  const { seed } = opened.config.train;
  const log = (name: string, message: string): void => screen.complain(`${name}: ${message}`);
  const { rewardCache: cache } = rewardCacheOption(opened, options);
  const kept = cache === undefined ? {} : { cache };
  const scorer = createScorer(rewards, { onError: "fail", seed, log, ...kept });
  let batch: ScoredBatch;
  try {
    batch = await scorer.score(samples, { signal });
  } finally {
    await scorer.dispose();
  }

  for (const [index, { completion }] of samples.entries()) {
    if (loudness === "json") screen.print(JSON.stringify(record(batch, index, completion)));
    else if (loudness === "normal") {
      for (const line of scoreLines(batch, index, completion, screen.width(), screen.colors)) screen.print(line);
    }
  }
  if (loudness === "json") return;
  for (const line of [...meanLines(batch, screen.colors), ...usageLines(batch, screen.colors)]) screen.print(line);
}

/** A completion with its total, and by name each reward's score, reason, metrics, usage and results from the cache. */
function record(
  { names, scores, total, reasons, metrics, usage, cacheHits }: ScoredBatch,
  index: number,
  completion: string,
): object {
  const rewards = names.map((name, column) => {
    const [reason, measured] = [reasons[index]?.[column], metrics[index]?.[column]];
    const [used, hits] = [usage?.[index]?.[column], cacheHits?.[index]?.[column] ?? 0];
    const value = { score: scores[index]?.[column] ?? null };
    const details = { ...(reason === undefined ? {} : { reason }), ...(measured ? { metrics: measured } : {}) };
    return [name, { ...value, ...details, ...(used ? { usage: used } : {}), ...(hits > 0 ? { cacheHits: hits } : {}) }];
  });
  return { index, completion, total: total[index] ?? null, rewards: Object.fromEntries(rewards) };
}
