/**
 * A GRPO run as its checkpoints hold it: the policy with its optimizer, where the run stands, and the generation batch
 * that more steps train on. Gradients are never in flight between steps.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { updateRequest } from "../optimize/update-request.js";
import type { TokenRow } from "../policy/protocol.js";
import type { Checkpoint } from "../run/checkpoint-search.js";
import { readExactly, writeExactly } from "../run/exact-json.js";
import type { RunFolder } from "../run/run-folder.js";
import { readProgressOf, saveCheckpointOf } from "../run/save-checkpoint.js";
import { microBatchesOfStep, type BatchPlan } from "./batch-arithmetic.js";
import type { GRPOConfig } from "./config.js";
import type { BatchInUse, ProgressSnapshot, ProgressState, Run } from "./run-state.js";

const BATCH_FILE = "batch.json";

/** Where the next step stands: all of it follows from the step, and is there for those who read the file. */
const positionOf = (config: GRPOConfig, plan: BatchPlan, step: number): object => {
  const next = microBatchesOfStep(plan, step)[0];
  const { learningRate } = updateRequest(config, step, plan);
  return { seed: config.seed, maxSteps: plan.maxSteps, learningRate, next };
};

/** Rows of one prompt share its token ids, and do so again when they are read. */
interface StoredBatch extends Omit<BatchInUse, "prepared"> {
  readonly prepared: Omit<BatchInUse["prepared"], "rows"> & {
    readonly rows: readonly (Omit<TokenRow, "promptIds"> & { readonly promptIds: number })[];
  };
  readonly prompts: readonly (readonly number[])[];
}

const storedBatch = ({ prepared, ...batch }: BatchInUse): StoredBatch => {
  const places = new Map<readonly number[], number>();
  const rows = prepared.rows.map((row) => {
    const place = places.get(row.promptIds) ?? places.size;
    places.set(row.promptIds, place);
    return { ...row, promptIds: place };
  });
  return { ...batch, prepared: { ...prepared, rows }, prompts: [...places.keys()] };
};

const batchOf = ({ prompts, prepared, order, unwritten }: StoredBatch): BatchInUse => ({
  order,
  unwritten,
  prepared: {
    ...prepared,
    rows: prepared.rows.map((row) => ({ ...row, promptIds: prompts[row.promptIds] as readonly number[] })),
  },
});

/** Whether the reference is another than the model that training began with. */
export const referenceMoves = ({ beta, syncRefModel }: GRPOConfig): boolean => beta !== 0 && syncRefModel;

/** Saves the checkpoint of a step. Returns its folder. */
export const saveCheckpoint = (
  run: Run & { readonly folder: RunFolder },
  { state, batch }: ProgressSnapshot,
): Promise<string> => {
  const { config, plan } = run;
  const { step } = state;
  return saveCheckpointOf(
    { ...run, options: config },
    {
      ...{ method: "grpo", step, movedReference: referenceMoves(config) },
      progress: { ...state, position: positionOf(config, plan, step) },
      files: batch ? { [BATCH_FILE]: writeExactly(storedBatch(batch)) } : {},
    },
  );
};

/** A checkpoint's state, with what was written beside it. */
type StoredProgress = ProgressState & { readonly optimizerSteps: number };

/** Where the run stood when a checkpoint was saved. */
export const readProgress = (checkpoint: Checkpoint): StoredProgress => readProgressOf(checkpoint) as StoredProgress;

/** Puts the policy back to where a checkpoint left it, and returns the rest. The checkpoint's files are known to be whole. */
export const loadCheckpoint = async (
  { config, policy }: Pick<Run, "config" | "policy">,
  checkpoint: Checkpoint,
): Promise<ProgressSnapshot> => {
  const { path, state } = checkpoint;
  const { optimizerSteps, ...progress } = readProgress(checkpoint);
  const reference = referenceMoves(config) && Object.hasOwn(state.files, "reference.safetensors");
  await policy.loadCheckpoint({ folder: path, optimizerSteps, reference });
  const stored = Object.hasOwn(state.files, BATCH_FILE)
    ? (readExactly(await readFile(join(path, BATCH_FILE), "utf8")) as StoredBatch)
    : null;
  return { state: progress, batch: stored && batchOf(stored) };
};
