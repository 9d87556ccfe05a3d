import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compose, datasetFromRows, defineReward, use } from "@pavlov/core";
import { expect, test } from "vitest";
import {
  asFingerprint,
  changesSince,
  checkFingerprint,
  datasetContent,
  modelContent,
  rewardCode,
} from "./fingerprint.js";

const model = fileURLToPath(new URL("../../../../models/arithmetic", import.meta.url));

const rows = [
  { prompt: "1+1=", answer: "2" },
  { prompt: "2+2=", answer: "4" },
];

const fingerprint = async (changes: object = {}, given: readonly (typeof rows)[number][] = rows) =>
  asFingerprint({
    model: await modelContent(model),
    dataset: await datasetContent(datasetFromRows(given, { name: "sums.jsonl" })),
    rewards: { parts: { correct: { weight: 1, source: { module: "file:///a.js" } } } },
    train: { seed: 42, maxSteps: 10, saveSteps: 5, learningRate: 1e-4 },
    ...changes,
  });

test("the same run has the same fingerprint, wherever its rewards lie", async () => {
  const moved = { rewards: { parts: { correct: { weight: 1, source: { module: "file:///b.js" } } } } };
  expect(changesSince(await fingerprint(), await fingerprint(moved))).toEqual([]);
});

test("the run's length, evaluation, logging and saving may change", async () => {
  const train = { seed: 42, maxSteps: 20, saveSteps: 1, learningRate: 1e-4 };
  expect(changesSince(await fingerprint(), await fingerprint({ train }))).toEqual([]);
});

test("options that only one version knows are left out", async () => {
  const train = { seed: 42, maxSteps: 10, saveSteps: 5, inventedLater: true };
  expect(changesSince(await fingerprint(), await fingerprint({ train }))).toEqual([]);
});

test("everything else is named with both values", async () => {
  const train = { seed: 7, maxSteps: 10, saveSteps: 5, learningRate: 1e-4 };
  const rewards = { parts: { correct: { weight: 2 }, format: { weight: 1 } } };
  const now = await fingerprint({ train, rewards }, rows.slice(1));
  expect(changesSince(await fingerprint(), now)).toEqual([
    "dataset was sums.jsonl (2 rows) and is sums.jsonl (1 rows)",
    "rewards.parts.correct.weight was 1 and is 2",
    'rewards.parts.format was nothing and is {"weight":1}',
    "train.seed was 42 and is 7",
  ]);
  expect(() => checkFingerprint("/run/step-000001", { a: 1 }, { a: 2 })).toThrow(
    "The run has changed since its checkpoint /run/step-000001: a was 1 and is 2.",
  );
});

test("a reward's own file that was edited is another run; one of a package, or of code, is not looked at", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pavlov-reward-"));
  try {
    const [own, installed] = [join(folder, "own.js"), join(folder, "node_modules/x/index.js")];
    await mkdir(dirname(installed), { recursive: true });
    const reward = defineReward({ name: "always", description: "1.", range: [0, 1], score: () => 1 });
    const from = (path: string) => use(reward, { source: { module: pathToFileURL(path).href, exportName: "always" } });
    const rewards = compose({ own: from(own), installed: from(installed), inline: use(reward) });
    const write = (text: string) => Promise.all([own, installed].map((path) => writeFile(path, text)));
    await write("1");
    const before = { code: await rewardCode(rewards) };
    expect(Object.keys(before.code)).toEqual(["own"]);
    await write("2");
    expect(changesSince(before, { code: await rewardCode(rewards) })).toEqual([
      "code.own is own.js as before, but holds something else",
    ]);
    expect(await rewardCode(reward)).toEqual({});
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("where a model of the hub has moved, the hint names the commit to go back to", () => {
  const at = (commit: string) => ({ model: { name: commit.repeat(40), sha256: commit } });
  expect(() => checkFingerprint("/run/step-000001", at("a"), at("b"))).toThrow(
    expect.objectContaining({ hint: expect.stringContaining(`--revision ${"a".repeat(40)}`) }),
  );
});

test("rows in another order, or with another answer, are another dataset of the same name", async () => {
  for (const given of [rows.toReversed(), [rows[0]!, { ...rows[1]!, answer: "5" }]]) {
    expect(changesSince(await fingerprint(), await fingerprint({}, given))).toEqual([
      "dataset is sums.jsonl (2 rows) as before, but holds something else",
    ]);
  }
});

test("a model is known by its files, not by where they lie", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pavlov-model-"));
  try {
    for (const file of [
      "config.json",
      "generation_config.json",
      "model.safetensors",
      "tokenizer.json",
      "tokenizer_config.json",
    ]) {
      await copyFile(join(model, file), join(folder, file));
    }
    const moved = { model: await modelContent(folder) };
    expect(changesSince(await fingerprint(), await fingerprint(moved))).toEqual([]);
    await writeFile(join(folder, "tokenizer.json"), "{}");
    const changed = { model: await modelContent(folder) };
    expect(changesSince(await fingerprint(), await fingerprint(changed))).toEqual([
      expect.stringMatching(/^model was arithmetic and is pavlov-model-/),
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
