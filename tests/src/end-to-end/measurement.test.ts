import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository, runPavlov } from "./run-pavlov.test.fixture.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-measurement-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("a training whose model cannot be measured afterwards keeps its model and its result", async () => {
  await mkdir(join(folder, "node_modules/@pavlov"), { recursive: true });
  await cp(join(repository, "packages/core"), join(folder, "node_modules/@pavlov/core"), { recursive: true });
  // Four completions are trained on; what is scored after them finds the judge gone.
  await writeFile(
    join(folder, "judge.mjs"),
    [
      'import { defineReward } from "@pavlov/core";',
      "let asked = 0;",
      'export const judge = defineReward({ name: "judge", description: "Goes away.", range: [0, 1],',
      '  score() { asked += 1; if (asked > 4) throw new Error("the judge is away"); return asked % 2; } });',
    ].join("\n"),
  );
  const rows = '{"prompt":"1+1="}\n'.repeat(4);
  await writeFile(join(folder, "rows.jsonl"), rows);
  const config = join(folder, "pavlov.config.yaml");
  await writeFile(
    config,
    [
      `model: ${join(repository, "models/arithmetic")}`,
      "dataset: { path: rows.jsonl }",
      "evalDataset: { path: rows.jsonl }",
      "evaluate: { before: false, success: [judge] }",
      "rewards: { judge: { use: ./judge.mjs#judge } }",
      "train: { numGenerations: 2, perDeviceTrainBatchSize: 4, maxCompletionLength: 8, maxSteps: 1 }",
      "output: run",
    ].join("\n"),
  );

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
