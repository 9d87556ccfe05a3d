/** `pavlov score`: what the rewards of a config give for completions in a file, and why. No model is needed. */
import type { Composite, ScoredBatch } from "@pavlov/core";
import { Command, Option } from "commander";
import {
  cacheOptions,
  collect,
  commonOptions,
  frozenOption,
  invoke,
  type CommonOptions,
  type FrozenArguments,
  type Invocation,
} from "../invocation.js";
import type { ConfigOptions } from "../load-run.js";

type Options = CommonOptions &
  ConfigOptions &
  FrozenArguments & { readonly completions: string; readonly explain?: boolean };

const help = `
Each line of the file is an object with a "completion", the columns that the rewards read, and optionally a "prompt":
  {"prompt": "522+768=", "completion": "<think>…</think><answer>1290</answer>", "answer": "1290"}

Examples:
  $ pavlov score pavlov.config.yaml --completions completions.jsonl
  $ pavlov score pavlov.config.yaml --completions completions.jsonl --explain
  $ pavlov score pavlov.config.yaml --completions completions.jsonl --json > scores.jsonl`;

/** The command, for the program. */
export function scoreCommand(): Command {
  const command = new Command("score")
    .description("score completions of a file with the rewards of a config")
    .argument("[config]", "the config file, or the folder of a pavlov.config.*", ".")
    .requiredOption("--completions <file>", "JSON lines: completion, columns, optionally prompt")
    .addOption(
      new Option(
        "--explain",
        "show whole completions, the columns that rewards read, and how each score and the total came about",
      ).conflicts("quiet"),
    )
    .option("--set <path=value>", "replace a value of the config; may be given more than once", collect);
  return commonOptions(frozenOption(cacheOptions(command)), "print one JSON object for each completion")
    .addHelpText("after", help)
    .action(async (path: string, options: Options) => {
      await invoke(options, (invocation) => score(path, options, invocation));
    });
}

async function score(path: string, options: Options, { screen, loudness, signal }: Invocation): Promise<void> {
  const { columnPlace, openScoringConfig, openRewards, rewardCacheOption } = await import("../load-run.js");
  const { readCompletions, samplesOf } = await import("../completions-file.js");
  const { meanLines, scoreLines, usageLines } = await import("../terminal/scores.js");
  const { contribution, explainLines } = await import("../terminal/explain.js");
  const { checkDataset, createScorer } = await import("@pavlov/core");
  const { checkFrozen } = await import("../frozen.js");

  const opened = await openScoringConfig(path, options);
  const rewards = await openRewards(opened);
  if (options.frozen) await checkFrozen(opened, rewards, options);
  const dataset = await checkDataset(
    await readCompletions(options.completions, opened.config.dataset),
    rewards,
    columnPlace(opened),
  );
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

  for (const [index, sample] of samples.entries()) {
    const { completion } = sample;
    if (loudness === "json") {
      const explained = options.explain ? { rewards, contribution } : undefined;
      screen.print(JSON.stringify(record(batch, index, completion, explained)));
    } else if (loudness === "normal") {
      const [width, colors] = [screen.width(), screen.colors];
      const lines = options.explain
        ? explainLines(batch, index, sample, rewards, width, colors)
        : scoreLines(batch, index, completion, width, colors);
      for (const line of lines) screen.print(line);
    }
  }
  if (loudness === "json") return;
  const means = meanLines(batch, screen.colors, screen.width());
  for (const line of [...means, ...usageLines(batch, screen.colors)]) screen.print(line);
}

/** What `--explain` adds to a record. */
interface Explained {
  readonly rewards: Composite;
  contribution(rewards: Composite, name: string, score: number | null): number | null;
}

/** A completion with its total, and by name each reward's score, error, reason, metrics, usage and kept results. */
function record(
  { names, scores, total, reasons, metrics, usage, cacheHits, failures }: ScoredBatch,
  index: number,
  completion: string,
  explained: Explained | undefined,
): object {
  const rewards = names.map((name, column) => {
    const [reason, measured] = [reasons[index]?.[column], metrics[index]?.[column]];
    const [used, hits] = [usage?.[index]?.[column], cacheHits?.[index]?.[column] ?? 0];
    const raw = scores[index]?.[column] ?? null;
    const value = { score: raw, ...(explained ? weighed(explained, name, raw) : {}) };
    const failure = failures[index]?.[column];
    const error = failure === undefined ? {} : { error: failure.message };
    const details = {
      ...error,
      ...(reason === undefined ? {} : { reason }),
      ...(measured ? { metrics: measured } : {}),
    };
    return [name, { ...value, ...details, ...(used ? { usage: used } : {}), ...(hits > 0 ? { cacheHits: hits } : {}) }];
  });
  return { index, completion, total: total[index] ?? null, rewards: Object.fromEntries(rewards) };
}

/** The weight and what the score adds, where a weighted sum makes the total. */
function weighed({ rewards, contribution }: Explained, name: string, raw: number | null): object {
  if (rewards.combine !== undefined) return {};
  return { weight: rewards.parts[name]?.weight ?? 1, contribution: contribution(rewards, name, raw) ?? 0 };
}
