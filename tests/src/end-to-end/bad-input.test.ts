import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { repository, runPavlov, runPavlovHere, type Ended } from "./run-pavlov.test.fixture.js";

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

/** Writes a config of `train` and `eval` with one thing changed, and runs the command. */
const withConfig = async (command: "train" | "eval", setting: Setting, run = runPavlovHere): Promise<Ended> => {
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
  return run(command, join(folder, "pavlov.config.yaml"));
};

const trainWith = (setting: Setting, run = runPavlovHere): Promise<Ended> => withConfig("train", setting, run);

/** Writes a config of `sft` with one thing changed, and runs the command. */
const tuneWith = async (setting: Omit<Setting, "rewards">, run = runPavlovHere): Promise<Ended> => {
  const rows = setting.rows ?? [{ prompt: "1+1=", completion: "2" }];
  await writeFile(join(folder, "train.jsonl"), rows.map((each) => `${JSON.stringify(each)}\n`).join(""));
  await writeFile(
    join(folder, "sft.config.yaml"),
    [
      `model: ${setting.model ?? model}`,
      "dataset: { path: train.jsonl }",
      `train: { ${setting.train ?? "maxSteps: 1"} }`,
      "output: run",
      "",
    ].join("\n"),
  );
  return run("sft", join(folder, "sft.config.yaml"));
};

/** A copy of the bundled model with a file of it changed, or taken away. */
const brokenModel = async (file: string, contents?: string): Promise<string> => {
  const broken = join(folder, "broken");
  const needed = /(^|[\\/])(arithmetic|[^\\/]*config\.json|tokenizer\.json|model\.safetensors)$/;
  await cp(model, broken, { recursive: true, filter: (path) => needed.test(path) });
  if (contents === undefined) await rm(join(broken, file));
  else await writeFile(join(broken, file), contents);
  return broken;
};

/** A sentence on standard error, exit code 1, no stack trace and no model that looks finished. */
const expectRefusal = async ({ exitCode, stderr }: Ended, ...parts: readonly (string | RegExp)[]): Promise<void> => {
  for (const part of parts) expect(stderr).toMatch(part);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).not.toMatch(/not foreseen/);
  expect(stderr.match(/^error: /gm)).toHaveLength(1);
  expect(exitCode).toBe(1);
  const run = await readdir(join(folder, "run")).catch(() => []);
  expect(run).not.toContain("model");
  expect(run).not.toContain("result.json");
};

describe("pavlov train ends with one sentence and exit code 1", { timeout: 120_000 }, () => {
  test("for a config file that is not there", async () => {
    await expectRefusal(await runPavlov("train", join(folder, "none.yaml")), /none\.yaml does not exist/);
  });

  test("for a dataset that is not there", async () => {
    await writeFile(
      join(folder, "a.yaml"),
      `model: ${model}\ndataset: { path: no.jsonl }\nrewards: { a: { use: length } }\n`,
    );
    await expectRefusal(
      await runPavlovHere("train", join(folder, "a.yaml")),
      /no\.jsonl does not exist \(looked for .*\)/,
    );
  });

  test("for a model that is not there", async () => {
    await expectRefusal(
      await trainWith({ model: join(folder, "no-model") }),
      /pavlov\.config\.yaml:1:8: There is no model folder .*no-model/,
      /^hint: .*a folder in Hugging Face layout: config\.json, .*model\.safetensors/m,
    );
  });

  test("for a model of an unknown family", async () => {
    const config = JSON.parse(await readFile(join(model, "config.json"), "utf8")) as Record<string, unknown>;
    const mamba = await brokenModel("config.json", JSON.stringify({ ...config, model_type: "mamba" }));
    await expectRefusal(await trainWith({ model: mamba }), /"mamba"/, /llama.*qwen2/);
  });

  test("for rollouts in 8 bits on a device that has none, before it is opened", async () => {
    const train = "maxSteps: 2, rollout: { precision: int8 }";
    await expectRefusal(
      await trainWith({ train }, (...args) => runPavlovHere(...args, "--device", "cuda")),
      /^error: \S+pavlov\.config\.yaml:4:34: rollout\.precision is int8, which the device cuda does not have: choose device: cpu or webgpu/,
    );
  });

  test("for a column that the dataset lacks", async () => {
    await expectRefusal(
      await trainWith({ rows: [{ prompt: "1+1=", solution: 2 }] }),
      /^error: .*pavlov\.config\.yaml:\d+:\d+: reward "correct" \(exact-answer\) needs column "answer"/,
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
      await trainWith({ rewards: "{ broken: { use: ./mine.ts#broken } }" }, runPavlov),
      /Reward "broken"/,
      /failed on all 4 samples of the batch/,
      /no such table/,
    );
  });

  test("for an option with a typing mistake", async () => {
    await expectRefusal(
      await trainWith({ train: "num_generations: 2" }),
      /pavlov\.config\.yaml:4:\d+/,
      /unknown option "num_generations"/,
      /Did you mean "numGenerations"\?/,
    );
  });

  test("for a prompt longer than the context", async () => {
    const prompt = "1".repeat(5000);
    await expectRefusal(
      await trainWith({ rows: [row, row, { prompt, answer: 1 }, row] }),
      /train\.jsonl:3/,
      /5000 tokens/,
      /context/,
      /^hint: /m,
    );
  });

  test("for numGenerations 1", async () => {
    await expectRefusal(
      await trainWith({ train: "numGenerations: 1" }),
      /pavlov\.config\.yaml:4:\d+: train\.numGenerations/,
      /takes at least 2; the default is 8/,
    );
  });

  test("for batches that do not fit, with the arithmetic and what would work", async () => {
    await expectRefusal(
      await trainWith({ train: "numGenerations: 3, perDeviceTrainBatchSize: 4" }),
      /perDeviceTrainBatchSize \(4\) × gradientAccumulationSteps \(1\) = 4 completions, and numGenerations is 3/,
      /Nearest that work: perDeviceTrainBatchSize 3 or 6; .*numGenerations 2 or 4/,
    );
  });

  test("for a run folder that cannot be written", async () => {
    await writeFile(join(folder, "run"), "a file, not a folder");
    await expectRefusal(await trainWith({}), /Cannot write .*run/, /file, not a folder/, /^hint: .*--output/m);
  });
});

describe.each([
  ["train", trainWith],
  ["sft", tuneWith],
  ["eval", (setting: Setting, run?: typeof runPavlovHere) => withConfig("eval", setting, run)],
] as const)("pavlov %s ends with exit code 1", { timeout: 120_000 }, (_, run) => {
  test.each(["model.safetensors", "tokenizer_config.json"])("for a model without %s", async (file) => {
    await expectRefusal(
      await run({ model: await brokenModel(file) }),
      /config\.yaml:1:8: /,
      `it has no ${file}.`,
      /^hint: .*a folder in Hugging Face layout/m,
    );
  });

  test("for a tokenizer that cannot be read", async () => {
    const broken = await brokenModel("tokenizer.json", "{ oops");
    await expectRefusal(await run({ model: broken }, runPavlov), /broken\/tokenizer\.json is not valid JSON/);
  });

  test("for a dataset without rows", async () => {
    await expectRefusal(await run({ rows: [] }), /train\.jsonl has no rows/);
  });

  test("for an option with a typing mistake", async () => {
    await expectRefusal(
      await run({ train: "learnigRate: 1" }),
      /config\.yaml:\d+:10: unknown option "learnigRate"/,
      /Did you mean "learningRate"\?/,
    );
  });
});

describe("pavlov sft ends with exit code 1", { timeout: 120_000 }, () => {
  test("for a row without a completion", async () => {
    await expectRefusal(
      await tuneWith({ rows: [{ prompt: "1+1=", completion: "2" }, { prompt: "1+2=" }] }),
      /train\.jsonl:2/,
      /completion/,
      /completion: <column>/,
    );
  });

  test("for a column of completions that is not there", async () => {
    await expectRefusal(await tuneWith({ rows: [{ prompt: "1+1=", answer: "2" }] }), /train\.jsonl:1/, /^hint: /m);
  });
});

test("pavlov eval ends with exit code 1 for a column that the dataset lacks", { timeout: 120_000 }, async () => {
  await expectRefusal(
    await withConfig("eval", { rows: [{ prompt: "1+1=", solution: 2 }] }),
    /^error: .*pavlov\.config\.yaml:\d+:\d+: reward "correct" \(exact-answer\) needs column "answer"/,
    /columns: \{ answer: solution \}/,
  );
});
