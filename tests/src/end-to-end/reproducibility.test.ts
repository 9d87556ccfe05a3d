import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runNode, runPavlovHere } from "./run-pavlov.test.fixture.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-runs-"));
});
afterAll(() => rm(folder, { recursive: true }));

const steps = 3;

/** Metrics of every step, without those that a clock decides. */
const metricsOf = async (run: string): Promise<Record<string, unknown>[]> => {
  const text = await readFile(join(run, "metrics.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const metrics = Object.entries(JSON.parse(line) as Record<string, unknown>);
      return Object.fromEntries(metrics.filter(([name]) => name !== "step_time" && !name.startsWith("time/")));
    });
};

const train = async (name: string, ...more: string[]): Promise<Record<string, unknown>[]> => {
  const output = join(folder, name);
  const { exitCode, stderr } = await runPavlovHere(
    ...["train", "examples/quickstart/pavlov.config.yaml", "--quiet", "--output", output],
    ...["--set", `train.maxSteps=${steps}`, "--set", "evaluate.before=false", "--set", "evaluate.after=false", ...more],
  );
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
  return metricsOf(output);
};

describe("a run", () => {
  let first: Record<string, unknown>[];
  beforeAll(async () => {
    first = await train("first");
  }, 120_000);

  test("writes one line of metrics for each step, under TRL's names", () => {
    expect(first.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(Object.keys(first[0] ?? {})).toEqual(
      expect.arrayContaining([
        ...["loss", "grad_norm", "learning_rate", "epoch", "num_tokens", "entropy", "reward", "reward_std"],
        ...["frac_reward_zero_std", "rewards/correct/mean", "rewards/correct/std", "rewards/format/mean"],
        ...["completions/mean_length", "completions/clipped_ratio", "clip_ratio/region_mean", "clip_ratio/low_min"],
      ]),
    );
  });

  test("gives the same metrics again with the same seed", async () => {
    expect(await train("again")).toEqual(first);
  }, 120_000);

  test("gives other metrics with another seed", async () => {
    expect(await train("other-seed", "--seed", "7")).not.toEqual(first);
  }, 120_000);

  test("gives the same metrics when the example trains from code", async () => {
    const output = join(folder, "from-code");
    const { exitCode, stderr } = await runNode("examples/train-from-code.mjs", output, String(steps));
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    expect(await metricsOf(output)).toEqual(first);
  }, 120_000);
});
