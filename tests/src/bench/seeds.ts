/**
 * The quickstart with several seeds, through the built command as its users run it: how far the model gets on held-out
 * problems, and how long it trains. One seed may be lucky; what the README promises is the mean and the worst of these.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Measurement } from "./measurement.js";

const run = promisify(execFile);
const repository = fileURLToPath(new URL("../../..", import.meta.url));
const SEEDS = [0, 1, 2, 3, 4];

/** What one seed came to. Rates are fractions of held-out completions that are right and in the format. */
export interface SeedResult {
  readonly seed: number;
  /** Before training, sampled. */
  readonly before: number;
  /** After training, sampled. */
  readonly after: number;
  /** After training, the most likely completions. */
  readonly greedy: number;
  /** Of training alone. */
  readonly seconds: number;
}

interface ResultFile {
  readonly before: { readonly sampled: number };
  readonly after: { readonly sampled: number; readonly greedy: number };
  readonly trainSeconds: number;
}

const trainWith = async (seed: number, output: string): Promise<SeedResult> => {
  const config = "examples/quickstart/pavlov.config.yaml";
  const command = [
    "packages/cli/bin/pavlov.js",
    "train",
    config,
    "--quiet",
    "--seed",
    String(seed),
    "--output",
    output,
  ];
  await run(process.execPath, command, { cwd: repository });
  const { before, after, trainSeconds } = JSON.parse(await readFile(join(output, "result.json"), "utf8")) as ResultFile;
  return { seed, before: before.sampled, after: after.sampled, greedy: after.greedy, seconds: trainSeconds };
};

/** Every seed's figures with its bars, then their mean and the worst of them. */
export const seedMeasurements = (results: readonly SeedResult[]): Measurement[] => {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const of = (name: Exclude<keyof SeedResult, "seed">): number[] => results.map((result) => result[name]);
  const rows = (label: string, { before, after, greedy, seconds }: Omit<SeedResult, "seed">, least: number) => [
    { name: `${label}: before, sampled`, value: before, unit: "", atMost: 0.45 },
    { name: `${label}: after, sampled`, value: after, unit: "", atLeast: least },
    { name: `${label}: after, greedy`, value: greedy, unit: "", atLeast: 0.98 },
    { name: `${label}: training`, value: seconds, unit: "s", atMost: 120 },
  ];
  const average = {
    ...{ before: mean(of("before")), after: mean(of("after")) },
    ...{ greedy: mean(of("greedy")), seconds: mean(of("seconds")) },
  };
  const worst = {
    ...{ before: Math.max(...of("before")), after: Math.min(...of("after")) },
    ...{ greedy: Math.min(...of("greedy")), seconds: Math.max(...of("seconds")) },
  };
  return [
    ...results.flatMap((result) => rows(`seed ${result.seed}`, result, 0.92)),
    ...rows("mean", average, 0.94),
    ...rows("worst", worst, 0.92),
  ];
};

/** Runs them one after another, since each uses every core. Takes about twelve minutes on two. */
export const measureSeeds = async (seeds: readonly number[] = SEEDS): Promise<Measurement[]> => {
  const folder = await mkdtemp(join(tmpdir(), "pavlov-seeds-"));
  try {
    const results: SeedResult[] = [];
    for (const seed of seeds) results.push(await trainWith(seed, join(folder, String(seed))));
    return seedMeasurements(results);
  } finally {
    await rm(folder, { recursive: true });
  }
};
