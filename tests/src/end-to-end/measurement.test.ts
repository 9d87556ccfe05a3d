import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { repository, runPavlov } from "./run-pavlov.test.fixture.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-measurement-"));
  await mkdir(join(folder, "node_modules/@pavlov"), { recursive: true });
  await cp(join(repository, "packages/core"), join(folder, "node_modules/@pavlov/core"), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

/** Writes a config with a reward of its own and the given lines. Four completions make a step. */
const writeRun = async (score: string, evaluate: string, train: string): Promise<string> => {
  await writeFile(
    join(folder, "judge.mjs"),
    [
      'import { defineReward } from "@pavlov/core";',
      "let asked = 0;",
      'export const judge = defineReward({ name: "judge", description: "Counts.", range: [0, 1],',
      `  score() { asked += 1; ${score}; return asked % 2; } });`,
    ].join("\n"),
  );
  await writeFile(join(folder, "rows.jsonl"), '{"prompt":"1+1="}\n'.repeat(4));
  const config = join(folder, "pavlov.config.yaml");
  await writeFile(
    config,
    [
      `model: ${join(repository, "models/arithmetic")}`,
      "dataset: { path: rows.jsonl }",
      "evalDataset: { path: rows.jsonl }",
      `evaluate: { ${evaluate} }`,
      "rewards: { judge: { use: ./judge.mjs#judge } }",
      `train: { numGenerations: 2, perDeviceTrainBatchSize: 4, maxCompletionLength: 8, maxSteps: 1, ${train} }`,
      "output: run",
    ].join("\n"),
  );
  return config;
};

test("a training whose model cannot be measured afterwards keeps its model and its result", async () => {
  // What is scored after the four completions that are trained on finds the judge gone.
  const goesAway = 'if (asked > 4) throw new Error("the judge is away")';
  const config = await writeRun(goesAway, "before: false, success: [judge]", "seed: 1");

  const { exitCode, stdout, stderr } = await runPavlov("train", config);
  const warning = stderr.replaceAll(/\s+/g, " ");
  expect(warning).toMatch(/^warning: The trained model is saved, but could not be measured: .*the judge is away/);
  expect(warning).toContain(`To measure it again: pavlov eval ${config} --model ${join(folder, "run/model")}`);
  expect(stdout).toContain("Trained 1 step");
  expect(exitCode).toBe(0);
  expect(await readdir(join(folder, "run"))).toEqual(expect.arrayContaining(["model", "result.json"]));
  const result: unknown = JSON.parse(await readFile(join(folder, "run/result.json"), "utf8"));
  expect(result).toMatchObject({ before: null, after: null, steps: 1 });
}, 120_000);

test("held-out rows are evaluated on start where that is asked for, and --json prints nothing but events", async () => {
  const config = await writeRun('console.log("asked", asked)', "before: false, after: false", "evalOnStart: true");
  const { exitCode, stdout, stderr } = await runPavlov("train", config, "--json");
  const events = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string; step?: number; metrics?: object });
  const types = events.map(({ type }) => type).filter((type) => type !== "progress" && type !== "note");
  expect(types).toEqual(["start", "memory", "evaluate", "step", "save", "save", "result"]);
  const evaluation = events.find(({ type }) => type === "evaluate");
  expect(evaluation).toMatchObject({ step: 0, metrics: { "eval_rewards/judge/mean": 0.5 } });
  expect(stderr.match(/^asked \d+$/gm)).toHaveLength(12);
  expect(exitCode).toBe(0);
}, 120_000);
