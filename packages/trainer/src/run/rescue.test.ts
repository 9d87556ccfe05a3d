import { renameSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { datasetFromRows, defineReward } from "@pavlov/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GRPOTrainer } from "../grpo/trainer.js";
import { SFTTrainer } from "../sft/trainer.js";
import type { TrainEvent } from "./events.js";
import type { TrainResult } from "./train-result.js";

const model = fileURLToPath(new URL("../../../../models/arithmetic", import.meta.url));
const dataset = datasetFromRows(
  ["1+1=", "2+2=", "3+3=", "4+4="].map((prompt) => ({ prompt, completion: "<answer>2</answer>" })),
);
const always = defineReward({ name: "always", description: "1.", range: [0, 1], score: () => 1 });

let output: string;
beforeEach(async () => {
  output = join(await mkdtemp(join(tmpdir(), "pavlov-rescue-")), "run");
});
afterEach(() => rm(join(output, ".."), { recursive: true }));

interface Given {
  readonly saveSteps: number;
  readonly onEvent: (event: TrainEvent) => void;
  readonly resumeFrom?: boolean;
}

const methods: [method: string, train: (given: Given) => Promise<TrainResult>][] = [
  [
    "GRPO",
    ({ saveSteps, ...options }) => {
      const config = { maxSteps: 3, saveSteps, perDeviceTrainBatchSize: 4, numGenerations: 2, maxCompletionLength: 2 };
      return new GRPOTrainer({ model, dataset, output, rewards: always, config, ...options }).train();
    },
  ],
  [
    "supervised training",
    ({ saveSteps, ...options }) => {
      const config = { maxSteps: 3, saveSteps, perDeviceTrainBatchSize: 2 };
      return new SFTTrainer({ model, dataset, output, config, ...options }).train();
    },
  ],
];

describe.each(methods)("where a checkpoint of %s cannot be saved", (_, train) => {
  /** Nothing can be written into the folder of checkpoints from here on. */
  const block = (): void => writeFileSync(join(output, "checkpoints"), "");
  const blocking =
    (step: number) =>
    (event: TrainEvent): void => {
      if (event.type === "step" && event.step === step) block();
    };

  test("the first one's model is saved alone, and the error says where", { timeout: 120_000 }, async () => {
    await expect(train({ saveSteps: 1, onEvent: blocking(1) })).rejects.toMatchObject({
      message: expect.stringMatching(/^Cannot write .*step-000001/),
      hint: expect.stringContaining(
        `The model after step 1 is saved in ${join(output, "model")}, without the optimizer's state.`,
      ),
    });
    expect(await readdir(join(output, "model"))).toContain("model.safetensors");
  });

  test("the last one's error says that the model is there", { timeout: 120_000 }, async () => {
    await expect(train({ saveSteps: 500, onEvent: blocking(3) })).rejects.toMatchObject({
      hint: expect.stringContaining(`The model after step 3 is saved in ${join(output, "model")}`),
    });
    expect(await readdir(join(output, "model"))).toContain("model.safetensors");
  });

  test("the one before it stays, and the error names both", { timeout: 120_000 }, async () => {
    const place = join(output, "checkpoints");
    const onEvent = (event: TrainEvent): void => {
      if (event.type !== "step" || event.step !== 2) return;
      renameSync(place, `${place}-before`);
      block();
    };
    await expect(train({ saveSteps: 1, onEvent })).rejects.toMatchObject({
      hint: expect.stringMatching(
        /The model after step 2 is saved in .*model, .*The model after step 1 is saved in .*000001/,
      ),
    });
    await rm(place);
    await rename(`${place}-before`, place);
    expect(await train({ saveSteps: 1, resumeFrom: true, onEvent: () => undefined })).toMatchObject({ steps: 3 });
  });
});
