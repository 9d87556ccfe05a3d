import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compose, datasetFromRows, use, type Dataset } from "@pavlov/core";
import { exactAnswer, thinkAnswer } from "@pavlov/rewards";
import {
  GRPOTrainer,
  SFTTrainer,
  type GRPOConfigInput,
  type GRPOTrainerOptions,
  type SFTTrainerOptions,
  type TrainEvent,
  type TrainResult,
} from "@pavlov/trainer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compareRuns } from "../resume/compare-runs.js";
import { killAndResume } from "../resume/kill-and-resume.js";
import { repository } from "./run-pavlov.test.fixture.js";

const model = join(repository, "models/arithmetic");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-resume-"));
});
afterAll(() => rm(folder, { recursive: true }));

const problems: Dataset = datasetFromRows(
  ["522+768=1290", "939-666=273", "100+200=300", "450-150=300"].map((text) => {
    const [prompt, answer] = text.split("=");
    return { prompt: `${prompt}=`, answer: answer ?? "", completion: answer ?? "" };
  }),
  { name: "problems" },
);

const rewards = compose({ correct: use(exactAnswer), format: use(thinkAnswer, { weight: 0.2 }) });

/** Generation batches that three steps train on, so that most checkpoints hold a half-used one. */
const config: GRPOConfigInput = {
  numGenerations: 4,
  perDeviceTrainBatchSize: 8,
  numIterations: 3,
  maxCompletionLength: 40,
  learningRate: 1e-4,
  maxSteps: 4,
  saveSteps: 1,
  loggingSteps: 1,
};

interface Trained extends TrainResult {
  readonly said: readonly string[];
}

const train = async (
  output: string,
  changes: GRPOConfigInput = {},
  options: Partial<GRPOTrainerOptions> = {},
): Promise<Trained> => {
  const events: TrainEvent[] = [];
  const trainer = new GRPOTrainer({
    ...{ model, rewards, dataset: problems, output, onEvent: (event) => events.push(event) },
    ...options,
    config: { ...config, ...changes },
  });
  const result = await trainer.train();
  const said = events.flatMap((event) => (event.type === "warning" || event.type === "note" ? [event.message] : []));
  return { ...result, said };
};

const stepsIn = async (run: string): Promise<number[]> =>
  (await readFile(join(run, "metrics.jsonl"), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { step: number }).step);

/** A checkpoint's folder in a run's folder. */
const checkpoint = (run: string, step: number): string =>
  join(run, "checkpoints", `step-${String(step).padStart(6, "0")}`);

test(
  "a training that is killed at a random moment ends as one that was left alone, bit for bit",
  { timeout: 600_000 },
  async () => {
    const { lives, comparisons } = await killAndResume({ folder: join(folder, "killed"), kills: 1, seed: 3 });
    expect(lives.filter(({ killed }) => killed)).toHaveLength(1);
    expect(comparisons.flatMap(({ differences }) => differences)).toEqual([]);
    expect(comparisons[0]?.same).toEqual(
      expect.arrayContaining(["metrics.jsonl", "model/model.safetensors", "completions/step-000009.jsonl"]),
    );
  },
);

describe("a run with checkpoints", () => {
  let alone: string;
  beforeAll(async () => {
    alone = join(folder, "alone");
    await train(alone);
  }, 120_000);

  const copy = async (name: string): Promise<string> => {
    const run = join(folder, name);
    await cp(alone, run, { recursive: true });
    return run;
  };

  const differencesTo = async (run: string): Promise<readonly string[]> => {
    const { differences } = await compareRuns(alone, run);
    return differences.filter((difference) => !difference.includes("aside-"));
  };

  test("goes on from a checkpoint that is named, with the generation batch that was half used", async () => {
    const run = await copy("named");
    expect(await readdir(checkpoint(run, 2))).toContain("batch.json");
    const { said, steps } = await train(join(folder, "unused"), {}, { resumeFrom: checkpoint(run, 2) });
    expect(steps).toBe(4);
    expect(said).toEqual([
      ...[3, 4].map((step) => expect.stringContaining(`aside-step-00000${step}`)),
      expect.stringContaining("Going on after 2 steps"),
    ]);
    expect(await differencesTo(run)).toEqual([]);
    expect(await readdir(folder)).not.toContain("unused");
  });

  test("goes on from the one before a damaged one, and says what is wrong with it", async () => {
    const run = await copy("damaged");
    await truncate(join(checkpoint(run, 4), "optimizer.safetensors"), 1000);
    await writeFile(join(checkpoint(run, 3), "state.json"), "{");
    const { said } = await train(run, {}, { resumeFrom: true });
    expect(said.slice(0, 2)).toEqual([
      expect.stringMatching(/^Passed over the checkpoint .*step-000004: optimizer\.safetensors has 1000 bytes/),
      expect.stringMatching(/^Passed over the checkpoint .*step-000003: state\.json is not valid JSON\.$/),
    ]);
    expect(await differencesTo(run)).toEqual([]);
  });

  test("is complete and says so, and goes on where it is to be longer", async () => {
    const run = await copy("longer");
    const again = await train(run, {}, { resumeFrom: run });
    expect(again).toMatchObject({ wasComplete: true, stopped: false, steps: 4, model: join(run, "model") });
    expect(again.said).toEqual([expect.stringContaining("is complete: it has done 4 of 4 steps.")]);
    expect(await train(run, { maxSteps: 5 }, { resumeFrom: true })).toMatchObject({ steps: 5, stopped: false });
    expect(await stepsIn(run)).toEqual([1, 2, 3, 4, 5]);
  });

  test("ends what it had left to do where it was killed after its last checkpoint", async () => {
    const run = await copy("killed-at-the-end");
    const dead = spawnSync(process.execPath, ["-e", ""]).pid;
    const left = [`result.json.1a2b3c4d.${dead}.tmp`, `checkpoints/.step-000001.${dead}.tmp.old`];
    for (const name of left) await mkdir(join(run, name));
    await train(run, { saveTotalLimit: 2 }, { resumeFrom: true });
    expect((await readdir(join(run, "checkpoints"))).toSorted()).toEqual(["step-000003", "step-000004"]);
    expect(await readdir(run)).not.toContain(left[0]);
  });

  test("is not gone on with under other options, unless that is asked for", async () => {
    const run = await copy("changed");
    const changes = { seed: 7, perDeviceTrainBatchSize: 16, numGenerations: 8, maxSteps: 5 };
    await expect(train(run, changes, { resumeFrom: true })).rejects.toThrow(
      "train.numGenerations was 4 and is 8; train.perDeviceTrainBatchSize was 8 and is 16; train.seed was 42 and is 7",
    );
    expect(await compareRuns(alone, run)).toMatchObject({ differences: [] });
    const forced = await train(run, changes, { resumeFrom: true, resumeChanged: true });
    expect(forced).toMatchObject({ steps: 5, stopped: false });
  });

  test("is not taken for one of another method", async () => {
    const options: SFTTrainerOptions = { model, dataset: problems, output: alone, resumeFrom: true };
    await expect(new SFTTrainer(options).train()).rejects.toThrow("is of a run of grpo, and this is one of sft");
  });
});

test("an interrupted run goes on with the evaluation that was left out", { timeout: 120_000 }, async () => {
  const changes: GRPOConfigInput = { maxSteps: 2, evalStrategy: "steps", evalSteps: 1 };
  const run = join(folder, "interrupted");
  const stopper = new AbortController();
  const onEvent = (event: TrainEvent): void => {
    if (event.type === "step") stopper.abort();
  };
  const options = { evalDataset: problems };
  const stopped = await train(run, changes, { ...options, signal: stopper.signal, onEvent });
  expect(stopped).toMatchObject({ stopped: true, steps: 1, checkpoint: checkpoint(run, 1) });
  expect(await stepsIn(run)).toEqual([1]);
  await train(run, changes, { ...options, resumeFrom: true });
  expect(await stepsIn(run)).toEqual([1, 1, 2, 2]);
  await train(join(folder, "uninterrupted"), changes, options);
  const { differences } = await compareRuns(join(folder, "uninterrupted"), run);
  // The first checkpoint was saved before the evaluation.
  expect(differences).toEqual(["checkpoints/step-000001/state.json differs"]);
});

test("a run whose last evaluation was cut off is complete only after it", { timeout: 120_000 }, async () => {
  const changes: GRPOConfigInput = { maxSteps: 1, evalStrategy: "steps", evalSteps: 1 };
  const run = join(folder, "last-evaluation");
  const stopper = new AbortController();
  const onEvent = (event: TrainEvent): void => {
    if (event.type === "step") stopper.abort();
  };
  await train(run, changes, { evalDataset: problems, signal: stopper.signal, onEvent });
  expect(await stepsIn(run)).toEqual([1]);
  const resume = () => train(run, changes, { evalDataset: problems, resumeFrom: true });
  expect(await resume()).not.toHaveProperty("wasComplete");
  expect(await stepsIn(run)).toEqual([1, 1]);
  expect(await resume()).toMatchObject({ wasComplete: true });
});

test("checkpoints of the model alone cannot be resumed, and say so", { timeout: 120_000 }, async () => {
  const run = join(folder, "model-only");
  await train(run, { saveOnlyModel: true, maxSteps: 2 });
  expect(await readdir(checkpoint(run, 1))).not.toContain("optimizer.safetensors");
  await expect(train(run, { maxSteps: 3 }, { resumeFrom: true })).rejects.toThrow(/holds the model alone/);
});

test("a folder without a checkpoint has nothing to resume", async () => {
  await expect(train(join(folder, "nothing"), {}, { resumeFrom: true })).rejects.toThrow(
    /There is nothing to resume in/,
  );
  const { output: _, ...options } = { model, rewards, dataset: problems, config, resumeFrom: true, output: "" };
  await expect(new GRPOTrainer(options).train()).rejects.toThrow("`output`, which is not given");
});

describe("supervised training", () => {
  const sft = (output: string, options: Partial<SFTTrainerOptions> = {}): Promise<TrainResult> =>
    new SFTTrainer({
      ...{ model, dataset: problems, output },
      config: {
        maxSteps: 5,
        perDeviceTrainBatchSize: 2,
        gradientAccumulationSteps: 1,
        saveSteps: 1,
        learningRate: 1e-4,
      },
      ...options,
    }).train();

  test("goes on in the middle of an epoch as one that was left alone", { timeout: 120_000 }, async () => {
    const [alone, run] = [join(folder, "sft-alone"), join(folder, "sft")];
    await sft(alone);
    await cp(alone, run, { recursive: true });
    for (const step of [4, 5]) await rm(checkpoint(run, step), { recursive: true });
    expect(await sft(run, { resumeFrom: true })).toMatchObject({ steps: 5, stopped: false });
    expect(await compareRuns(alone, run)).toMatchObject({ differences: [] });
    expect(await sft(run, { resumeFrom: true })).toMatchObject({ wasComplete: true });
  });
});
