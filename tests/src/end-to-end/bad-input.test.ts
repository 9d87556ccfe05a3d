import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { repository, runPavlov, type Ended } from "./run-pavlov.test.fixture.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-bad-"));
});
afterEach(() => rm(folder, { recursive: true }));

const model = join(repository, "models/arithmetic");
const row = { prompt: "522+768=", answer: 1290 };

interface Setting {
  readonly rows?: readonly unknown[];
  readonly model?: string;
  readonly rewards?: string;
  readonly train?: string;
}

/** Writes a config with one thing changed, and trains. */
const trainWith = async (setting: Setting): Promise<Ended> => {
  const rows = setting.rows ?? Array.from({ length: 4 }, () => row);
  await writeFile(join(folder, "train.jsonl"), rows.map((each) => `${JSON.stringify(each)}\n`).join(""));
  await writeFile(
    join(folder, "pavlov.config.yaml"),
    [
      `model: ${setting.model ?? model}`,
      "dataset: { path: train.jsonl }",
      `rewards: ${setting.rewards ?? "{ correct: { use: exact-answer } }"}`,
      `train: { ${setting.train ?? "numGenerations: 2, perDeviceTrainBatchSize: 4, maxCompletionLength: 8, maxSteps: 2"} }`,
      "output: run",
      "",
    ].join("\n"),
  );
  return runPavlov("train", join(folder, "pavlov.config.yaml"));
};

/** A sentence on standard error, exit code 1, no stack trace and no model that looks finished. */
const expectRefusal = async ({ exitCode, stderr }: Ended, ...parts: readonly (string | RegExp)[]): Promise<void> => {
  for (const part of parts) expect(stderr).toMatch(part);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(exitCode).toBe(1);
  const run = await readdir(join(folder, "run")).catch(() => []);
  expect(run).not.toContain("model");
  expect(run).not.toContain("result.json");
};

describe("pavlov train ends with one sentence and exit code 1", () => {
  test("for a config file that is not there", async () => {
    await expectRefusal(await runPavlov("train", join(folder, "none.yaml")), "none.yaml");
  });

  test("for a dataset that is not there", async () => {
    await writeFile(
      join(folder, "a.yaml"),
      `model: ${model}\ndataset: { path: no.jsonl }\nrewards: { a: { use: length } }\n`,
    );
    await expectRefusal(await runPavlov("train", join(folder, "a.yaml")), "no.jsonl");
  });

  test("for a model that is not there", async () => {
    await expectRefusal(await trainWith({ model: join(folder, "no-model") }), "no-model");
  });

  test("for a model of an unknown family", async () => {
    await cp(model, join(folder, "mamba"), { recursive: true, filter: (path) => !path.endsWith("data") });
    const config = JSON.parse(await readFile(join(folder, "mamba/config.json"), "utf8")) as Record<string, unknown>;
    await writeFile(join(folder, "mamba/config.json"), JSON.stringify({ ...config, model_type: "mamba" }));
    await expectRefusal(await trainWith({ model: join(folder, "mamba") }), /mamba/, /llama/);
  });

  test("for a column that the dataset lacks", async () => {
    await expectRefusal(
      await trainWith({ rows: [{ prompt: "1+1=", solution: 2 }] }),
      /reward "correct" \(exact-answer\) needs column "answer"/,
      /has: prompt, solution/,
      /columns: \{ answer: solution \}/,
    );
  });

  test("for a reward that throws at the first step", async () => {
    await writeFile(
      join(folder, "mine.ts"),
      [
        'import { defineReward } from "@pavlov/core";',
        'export const broken = defineReward({ name: "broken", description: "Throws.", range: [0, 1],',
        '  score(): number { throw new Error("no such table"); } });',
      ].join("\n"),
    );
    await mkdir(join(folder, "node_modules/@pavlov"), { recursive: true });
    await cp(join(repository, "packages/core"), join(folder, "node_modules/@pavlov/core"), { recursive: true });
    await expectRefusal(
      await trainWith({ rewards: "{ broken: { use: ./mine.ts#broken } }" }),
      /reward "?broken"?/i,
      /no such table/,
    );
  });

  test("for an option with a typing mistake", async () => {
    await expectRefusal(
      await trainWith({ train: "num_generations: 2" }),
      /pavlov\.config\.yaml:4:\d+/,
      /num_generations/,
      /numGenerations/,
    );
  });

  test("for an empty dataset", async () => {
    await expectRefusal(await trainWith({ rows: [] }), /empty|no rows/, "train.jsonl");
  });

  test("for a prompt longer than the context", async () => {
    const prompt = "1".repeat(5000);
    await expectRefusal(
      await trainWith({ rows: [row, row, { prompt, answer: 1 }, row] }),
      /train\.jsonl:3/,
      /5000 tokens/,
      /context/,
    );
  });

  test("for numGenerations 1", async () => {
    await expectRefusal(await trainWith({ train: "numGenerations: 1" }), /numGenerations/, /at least 2/);
  });

  test("for batches that do not fit, with the arithmetic and what would work", async () => {
    await expectRefusal(
      await trainWith({ train: "numGenerations: 3, perDeviceTrainBatchSize: 4" }),
      /numGenerations/,
      /3/,
      /4/,
      /\b(3|6)\b/,
    );
  });

  test("for a run folder that cannot be written", async () => {
    await writeFile(join(folder, "run"), "a file, not a folder");
    await expectRefusal(await trainWith({}), /run/, /file, not a folder/);
  });
});
