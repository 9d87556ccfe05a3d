import { expect, test } from "vitest";
import { planBatches } from "./batch-arithmetic.js";
import { grpoConfigSchema } from "./config.js";
import type { PreparedBatch } from "./prepare-batch.js";
import { initialProgress, progressOf, snapshotOf, type Progress } from "./run-state.js";

const config = grpoConfigSchema.parse({
  ...{ numGenerations: 2, perDeviceTrainBatchSize: 2, numIterations: 2, maxSteps: 4 },
  ...{ useAdaptiveEntropy: true, evalOnStart: true },
});
const plan = planBatches(config, 4);
const emit = (): void => undefined;

const prepared: PreparedBatch = {
  rows: [0, 1].map((id) => ({ promptIds: [3], completionIds: [id], oldLogProbabilities: Float32Array.of(-id) })),
  advantages: [1, -1],
  itemsInBatch: 2,
  tokens: 4,
  metrics: {},
};

const after = (step: number): Progress => {
  const progress = initialProgress({ config, emit });
  Object.assign(progress, { step, prepared, order: [1, 0], tokensSeen: 4, evaluationDue: false });
  progress.entropy = { coefficient: 0.01, lastEntropy: 0.5 };
  progress.window.add({ loss: 2 });
  progress.notices.unscored(0.5, 1);
  progress.stepSeconds.push(1, 2);
  return progress;
};

test("a snapshot holds the batch while more steps train on it, and only then", () => {
  expect(snapshotOf(after(1), plan).batch).toEqual({ prepared, order: [1, 0], unwritten: null });
  expect(snapshotOf(after(2), plan).batch).toBeNull();
});

test("a snapshot does not change when the run goes on", () => {
  const progress = after(1);
  const snapshot = snapshotOf(progress, plan);
  const before = structuredClone(snapshot);
  progress.window.add({ loss: 4 });
  progress.window.set({ epoch: 1 });
  progress.notices.learning(2, { loss: 0 });
  Object.assign(progress, { step: 2, prepared: null, order: [] });
  expect(snapshot).toEqual(before);
});

test("a run that is taken up stands where it was, and repeats no notice", () => {
  const said: string[] = [];
  const snapshot = snapshotOf(after(1), plan);
  const run = { plan, emit: ({ type }: { readonly type: string }) => said.push(type) };
  const progress = progressOf(snapshot, "/run/step-000001", run);
  expect(progress).toMatchObject({ step: 1, prepared, order: [1, 0], tokensSeen: 4, earlierSeconds: 3 });
  expect(progress.saved).toEqual({ step: 1, path: "/run/step-000001" });
  progress.notices.unscored(0.5, 2);
  expect(said).toEqual([]);
  expect(snapshotOf(progress, plan)).toEqual(snapshot);
});

test("a batch of another size than the plan's is left out", () => {
  const other = planBatches({ ...config, perDeviceTrainBatchSize: 4 }, 4);
  expect(progressOf(snapshotOf(after(1), plan), "/run", { plan: other, emit }).prepared).toBeNull();
});

test("the held-out rows are due on the start where evalOnStart says so", () => {
  expect(initialProgress({ config, emit }).evaluationDue).toBe(true);
});
