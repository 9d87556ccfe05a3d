import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { datasetFromRows, PavlovError } from "@pavlov/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { TrainEvent } from "../run/events.js";
import type { TrainResult } from "../run/train-result.js";
import { sftConfigSchema } from "./config.js";
import { SFTTrainer } from "./trainer.js";

const model = fileURLToPath(new URL("../../../../models/arithmetic", import.meta.url));
const dataset = datasetFromRows(
  ["1+1=2", "2+2=4"].map((text) => ({ prompt: text.slice(0, 4), completion: text.slice(4) })),
);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-sft-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Two steps, with an abort at the events that `isLast` names. */
const train = (isLast: (event: TrainEvent) => boolean): Promise<TrainResult> => {
  const stopper = new AbortController();
  return new SFTTrainer({
    model,
    dataset,
    output: join(folder, "run"),
    config: { maxSteps: 2, perDeviceTrainBatchSize: 2 },
    signal: stopper.signal,
    onEvent: (event) => {
      if (isLast(event)) stopper.abort();
    },
  }).train();
};

test("a run that is stopped before its first step saves no model", async () => {
  expect(await train(({ type }) => type === "start")).toMatchObject({ stopped: true, steps: 0, model: null });
  expect(await readdir(join(folder, "run"))).not.toContain("model");
});

test("a run that is stopped in the middle saves what it has", async () => {
  expect(await train(({ type }) => type === "step")).toMatchObject({ stopped: true, steps: 1 });
  expect(await readdir(join(folder, "run"))).toContain("model");
});

test("a run that is stopped in its last step was not stopped early", async () => {
  const result = await train((event) => event.type === "step" && event.step === 2);
  expect(result).toMatchObject({ stopped: false, steps: 2 });
});

test("an error ends a run with its last step saved, and says where", async () => {
  const failing = new SFTTrainer({
    ...{ model, dataset, output: join(folder, "run") },
    config: { maxSteps: 3, perDeviceTrainBatchSize: 2 },
    onEvent: (event) => {
      if (event.type === "step" && event.step === 2) throw new PavlovError("The screen is gone.");
    },
  });
  await expect(failing.train()).rejects.toMatchObject({
    message: "The screen is gone.",
    hint: expect.stringMatching(/^The model after step 2 is saved in .*step-000002, from where --resume goes on\.$/),
  });
  const trainer = { model, dataset, output: join(folder, "run"), resumeFrom: true };
  const config = { maxSteps: 3, perDeviceTrainBatchSize: 2 };
  expect(await new SFTTrainer({ ...trainer, config }).train()).toMatchObject({ steps: 3, stopped: false });
});

test("what a run needs of the memory is told before its first step", async () => {
  const types: string[] = [];
  await train(({ type }) => {
    types.push(type);
    return false;
  });
  expect(types.slice(0, 3)).toEqual(["start", "memory", "step"]);
});

test("there is no option that does nothing", () => {
  expect(Object.keys(sftConfigSchema.parse({}))).not.toContain("loggingSteps");
});
