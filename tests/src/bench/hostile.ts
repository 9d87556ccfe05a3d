/** Measures every built-in reward on hostile completions, each in a process of its own, and `regex` on its worst patterns. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { compose, createScorer, use, type Reward } from "@pavlov/core";
import builtIn, { regex } from "@pavlov/rewards";
import { canMeasure } from "./hostile-settings.js";
import type { Measurement } from "./measurement.js";

/** What one reward's process tells. */
export interface HostileFigures {
  /** Of the slowest input: the fastest of some runs, in this thread; for each request where a call makes many. */
  readonly milliseconds: number;
  readonly input: string;
  /** The first input that made the reward throw, and what it threw. */
  readonly failure?: string;
  /** Columns and params that were tried. */
  readonly settings: number;
  readonly calls: number;
  /** That one call makes. */
  readonly requests: number;
  /** Resident memory before the reward is set up. */
  readonly loadedBytes: number;
  /** Resident memory after a first, harmless score. */
  readonly baselineBytes: number;
  /** The most resident memory after a score. */
  readonly peakBytes: number;
}

const programOf = (name: string): string => fileURLToPath(new URL(`${name}.js`, import.meta.url));

const outputOf = async (...args: readonly string[]): Promise<unknown> => {
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
};

const figuresOf = async (name: string): Promise<HostileFigures> =>
  (await outputOf(programOf("hostile-child"), name)) as HostileFigures;

/** Rewards whose memory is told: those that take most. */
const MOST_SHOWN = 5;

/** Whose memory is, beside Pavlov's own, that of a runtime for models. */
const HAS_RUNTIME = "classifier";

const megabytes = (bytes: number): number => bytes / 1e6;

/** What the rewards' own memory comes on top of. */
const measureBases = async (loadedBytes: number): Promise<Measurement[]> => {
  const empty = Number(await outputOf("-p", "process.memoryUsage.rss()"));
  const alone = (await outputOf(programOf("hostile-fetch"))) as Pick<HostileFigures, "baselineBytes" | "peakBytes">;
  const before = megabytes(alone.baselineBytes).toFixed(0);
  const bases: readonly (readonly [name: string, bytes: number])[] = [
    ["Node.js alone, resident memory", empty],
    ["Node.js with @pavlov/rewards imported, resident memory", loadedBytes],
    [`fetch alone with the same texts, without Pavlov; ${before} MB before`, alone.peakBytes],
  ];
  return bases.map(([name, bytes]) => ({ name, value: megabytes(bytes), unit: "MB" }));
};

/** The most resident memory of one reward; of one with a runtime, without that too, which alone has a bar then. */
const memoryOf = (name: string, { loadedBytes, baselineBytes, peakBytes }: HostileFigures): Measurement[] => {
  const label = `${name}, most resident memory; ${megabytes(baselineBytes).toFixed(0)} MB before`;
  const all = { name: label, value: megabytes(peakBytes), unit: "MB" };
  if (name !== HAS_RUNTIME) return [{ ...all, atMost: 128 }];
  const own = megabytes(loadedBytes + peakBytes - baselineBytes);
  return [all, { name: `${name}, the same without its runtime and model`, value: own, unit: "MB", atMost: 128 }];
};

/** Patterns that take a backtracking engine exponential, or at least quadratic time, with texts that almost match. */
const catastrophes: readonly (readonly [pattern: string, completion: string])[] = [
  ["^(a+)+$", `${"a".repeat(100_000)}!`],
  ["^(a|aa)+$", `${"a".repeat(100_000)}!`],
  ["^(a|a)*$", `${"a".repeat(100_000)}!`],
  ["(.*a){12}$", `${"a".repeat(100_000)}!`],
  ["^(.*?,){11}P", "1,".repeat(50_000)],
  ["(x+x+)+y", "x".repeat(100_000)],
  ["\\s+$", `${" ".repeat(100_000)}x`],
  ["<think>.*?</think>.*?<answer>.*?</answer>", "<think>".repeat(14_000)],
];

/** The slowest of the patterns, in milliseconds: the fastest of three runs. Where `v8` is asked, with a time limit of 100. */
const slowestPattern = async (engine: "re2" | "v8"): Promise<number> => {
  let slowest = 0;
  for (const [pattern, completion] of catastrophes) {
    const part = use(regex, { params: { pattern, engine, timeLimit: 100 } });
    const scorer = createScorer(compose({ regex: part }), { onError: "drop" });
    let fastest = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 3; run++) {
      const start = performance.now();
      // Two samples, because a reward that fails on all of a batch ends the scoring.
      const samples = [completion, ""].map((text) => ({ completion: text, row: {}, groupId: "0" }));
      await scorer.score(samples);
      fastest = Math.min(fastest, performance.now() - start);
    }
    await scorer.dispose();
    slowest = Math.max(slowest, fastest);
  }
  return slowest;
};

/** One figure for each reward that can be measured here, the most memory of some, and the patterns. */
export const measureHostile = async (): Promise<Measurement[]> => {
  const rewards: readonly (readonly [string, Reward])[] = Object.entries(builtIn.rewards);
  const measurements: Measurement[] = [];
  let threw = 0;
  const memory: (readonly [name: string, figures: HostileFigures])[] = [];
  for (const [name, reward] of rewards) {
    if (!canMeasure(reward)) continue;
    const figures = await figuresOf(name);
    memory.push([name, figures]);
    if (figures.failure !== undefined) {
      console.error(`${name} threw: ${figures.failure}`);
      threw += 1;
    }
    const each = figures.requests > 1 ? `, for each of ${figures.requests} requests` : "";
    measurements.push({
      name: `${name}, slowest of ${figures.calls} calls${each}: ${figures.input}`,
      value: figures.milliseconds,
      unit: "ms",
      atMost: 50,
    });
  }
  const [first] = memory;
  if (first) measurements.push(...(await measureBases(first[1].loadedBytes)));
  const greedy = memory.toSorted(([, left], [, right]) => right.peakBytes - left.peakBytes).slice(0, MOST_SHOWN);
  for (const [name, figures] of greedy) measurements.push(...memoryOf(name, figures));
  return [
    ...measurements,
    { name: "rewards that threw", value: threw, unit: "", atMost: 0 },
    { name: "regex, slowest catastrophic pattern", value: await slowestPattern("re2"), unit: "ms", atMost: 50 },
    {
      name: "regex, the same in v8 under a limit of 100 ms",
      value: await slowestPattern("v8"),
      unit: "ms",
      atMost: 150,
    },
  ];
};
