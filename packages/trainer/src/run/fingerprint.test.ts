import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compose, datasetFromRows, defineReward, recordRewards, use } from "@pavlov/core";
import { expect, test } from "vitest";
import {
  asFingerprint,
  changesSince,
  checkFingerprint,
  datasetContent,
  modelContent,
  rewardCode,
  rewardSettings,
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
    rewards: { parts: { correct: { weight: 1 } } },
    train: { seed: 42, maxSteps: 10, saveSteps: 5, learningRate: 1e-4 },
    ...changes,
  });

test("the same run has the same fingerprint", async () => {
  expect(changesSince(await fingerprint(), await fingerprint())).toEqual([]);
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

test("a reward whose code has changed is another run: its own file, what that imports, or the version of its package", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pavlov-reward-"));
  try {
    const own = join(folder, "own.js");
    const installed = (version: string) => join(folder, version, "node_modules/pavlov-reward-x/index.js");
    const write = async (path: string, text: string) => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    };
    for (const version of ["1.0.0", "1.1.0"]) {
      const manifest = JSON.stringify({ name: "pavlov-reward-x", version });
      await write(join(dirname(installed(version)), "package.json"), manifest);
      await write(installed(version), "export {};");
    }
    const reward = defineReward({ name: "always", description: "1.", range: [0, 1], score: () => 1 });
    const from = (path: string) => use(reward, { source: { module: pathToFileURL(path).href, exportName: "always" } });
    const code = async (version: string) => {
      const nested = compose({ own: from(own) });
      const rewards = compose({ own: from(own), nested, installed: from(installed(version)), inline: use(reward) });
      return { code: rewardCode(await recordRewards(rewards, folder)) };
    };
    await write(own, 'import "./words.js";');
    await write(join(folder, "words.js"), "1");
    const before = await code("1.0.0");
    expect(Object.keys(before.code)).toEqual(["own", "nested/own", "installed"]);
    expect(changesSince(before, await code("1.0.0"))).toEqual([]);
    await write(join(folder, "words.js"), "2");
    expect(changesSince(before, await code("1.1.0"))).toEqual([
      "code.own is own.js as before, but holds something else",
      "code.nested/own is own.js as before, but holds something else",
      "code.installed was pavlov-reward-x@1.0.0 and is pavlov-reward-x@1.1.0",
    ]);
    expect(rewardCode(await recordRewards(reward))).toEqual({});
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the settings of rewards, nested ones too, are compared by themselves", async () => {
  const reward = defineReward({ name: "always", description: "1.", range: [0, 1], score: () => 1 });
  const settings = async (weight: number, module: string) =>
    asFingerprint({
      rewards: rewardSettings(
        await recordRewards(
          compose({
            quality: compose({ inner: use(reward, { weight, source: { module, exportName: "always" } }) }),
          }),
        ),
      ),
    });
  const before = await settings(1, "file:///a.js");
  expect(changesSince(before, await settings(1, import.meta.url))).toEqual([]);
  expect(changesSince(before, await settings(2, "file:///a.js"))).toEqual([
    "rewards.parts.quality.parts.inner.weight was 1 and is 2",
  ]);
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
