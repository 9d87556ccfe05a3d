import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createScorer, datasetFromRows, defineReward } from "@pavlov/core";
import { expect, test } from "vitest";
import { startPolicy } from "../policy/client.js";
import { findCheckpoint } from "../run/checkpoint-search.js";
import { createRunFolder } from "../run/run-folder.js";
import { planBatches } from "./batch-arithmetic.js";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.js";
import { grpoConfigSchema } from "./config.js";
import { promptSampler } from "./prompt-sampler.js";
import type { ProgressSnapshot, Run } from "./run-state.js";

const model = fileURLToPath(new URL("../../../../models/arithmetic", import.meta.url));

test("a checkpoint gives back the run's state bit for bit, with rows that share their prompts", async () => {
  const place = await mkdtemp(join(tmpdir(), "pavlov-grpo-checkpoint-"));
  const policy = await startPolicy({ model, engine: { kind: "onnxruntime" }, reference: false });
  try {
    const config = grpoConfigSchema.parse({ numGenerations: 2, perDeviceTrainBatchSize: 2, numIterations: 2 });
    const always = defineReward({ name: "always", description: "1.", range: [0, 1], score: () => 1 });
    const folder = await createRunFolder(join(place, "run"));
    const run: Run & { readonly folder: typeof folder } = {
      ...{ config, policy, folder, prompts: [], evalPrompts: null, rollout: undefined, signal: undefined },
      plan: planBatches(config, 4),
      tokenizer: { eosTokenId: 2 } as Run["tokenizer"],
      scorer: createScorer(always),
      sampler: promptSampler(4, 1, true),
      fingerprint: { rows: datasetFromRows([{ prompt: "a" }]).rows.length },
      resumedStep: null,
      emit: () => undefined,
    };
    const promptIds = [3, 4];
    const row = (advantage: number) => ({ promptIds, completionIds: [5], advantage });
    const snapshot: ProgressSnapshot = {
      state: {
        ...{ step: 1, tokensSeen: 6, tokensPerSecond: Infinity, evaluationDue: true, trainSeconds: 0.1 + 0.2 },
        entropy: { coefficient: -0, lastEntropy: null },
        window: { sums: { loss: [Number.NaN, 1] }, latest: { epoch: null } },
        said: ["loss"],
      },
      batch: {
        prepared: {
          rows: [
            { ...row(-0), oldLogProbabilities: Float32Array.of(-0.1, -0), samplingLogProbabilities: [Number.NaN, 0.1] },
            { ...row(1 / 3), masked: true },
          ],
          ...{ advantages: [-0, 1 / 3], itemsInBatch: 1, tokens: 6, metrics: { reward: Number.NaN } },
        },
        order: [1, 0],
        unwritten: [
          {
            ...{ prompt: "a", completion: "b", finishReason: "stop", tokens: 1, scores: { always: 1 }, total: 1 },
            ...{ reasons: {}, advantage: 1, columns: { prompt: "a" } },
          },
        ],
      },
    };
    await saveCheckpoint(run, snapshot);
    const { checkpoint } = await findCheckpoint(folder.path, () => undefined);
    const read = await loadCheckpoint(run, checkpoint);
    expect(read).toEqual({ ...snapshot, state: { ...snapshot.state, position: expect.any(Object) } });
    const rows = read.batch?.prepared.rows;
    expect(rows?.[0]?.promptIds).toBe(rows?.[1]?.promptIds);
  } finally {
    await policy.dispose();
    await rm(place, { recursive: true });
  }
});
