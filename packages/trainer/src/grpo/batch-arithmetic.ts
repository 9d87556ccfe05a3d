/**
 * How prompts become generation batches, micro-batches and optimizer steps: the arithmetic of TRL's `GRPOConfig`,
 * `RepeatSampler` and of Hugging Face's training loop, for one process. The position in a run is one number, the
 * optimizer step; everything else follows from it, so that a run resumes from that number alone.
 */
import { PavlovError } from "@pavlov/core";
import { planSteps } from "../optimize/plan-steps.js";
import { batchProblems, generationBatch, type BatchOptions } from "./batch-problems.js";
import type { GRPOConfig } from "./config.js";

export type PlanOptions = BatchOptions &
  Pick<GRPOConfig, "numIterations" | "maxSteps" | "numTrainEpochs" | "warmupSteps" | "warmupRatio">;

export interface BatchPlan {
  readonly numGenerations: number;
  /** Completions of one forward and backward pass. */
  readonly microBatchSize: number;
  /** Micro-batches of one optimizer step; the last step of an epoch may have fewer. */
  readonly gradientAccumulationSteps: number;
  /** Completions of one optimizer step. */
  readonly completionsPerStep: number;
  /** Completions generated at once. */
  readonly generationBatchSize: number;
  /** Micro-batches that a generation batch is split into. */
  readonly stepsPerGeneration: number;
  readonly numIterations: number;
  /** Distinct prompts generated for at once. */
  readonly promptsPerGeneration: number;
  /** Whole generation batches in a pass over the dataset. */
  readonly generationsPerEpoch: number;
  /** Prompts at the end of each pass that fill no generation batch and are left out. */
  readonly promptsLeftOut: number;
  readonly microBatchesPerEpoch: number;
  /** Optimizer steps in a pass over the dataset. */
  readonly stepsPerEpoch: number;
  /** Optimizer steps of the run. */
  readonly maxSteps: number;
  readonly warmupSteps: number;
  /**
   * Whether weights change between generation and training, so that the old log-probabilities must be computed when
   * the batch is generated. Otherwise the ratio is 1 by definition.
   */
  readonly needsOldLogProbabilities: boolean;
}

/** Throws a `PavlovError` that shows the arithmetic when the sizes do not fit each other or the dataset. */
export function planBatches(options: PlanOptions, rows: number): BatchPlan {
  const problem = batchProblems(options)[0];
  if (problem !== undefined) throw new PavlovError(problem.message);
  const { numGenerations, numIterations, gradientAccumulationSteps, perDeviceTrainBatchSize } = options;
  const { size, steps } = generationBatch(options);
  const promptsPerGeneration = size / numGenerations;
  const generationsPerEpoch = Math.floor(rows / promptsPerGeneration);
  if (generationsPerEpoch === 0) throw tooFewRows(rows, promptsPerGeneration, size, numGenerations);
  const generateEvery = steps * numIterations;
  const microBatchesPerEpoch = generationsPerEpoch * generateEvery;
  const stepsPerEpoch = Math.ceil(microBatchesPerEpoch / gradientAccumulationSteps);
  return {
    numGenerations,
    microBatchSize: perDeviceTrainBatchSize,
    gradientAccumulationSteps,
    completionsPerStep: perDeviceTrainBatchSize * gradientAccumulationSteps,
    generationBatchSize: size,
    stepsPerGeneration: steps,
    numIterations,
    promptsPerGeneration,
    generationsPerEpoch,
    promptsLeftOut: rows - generationsPerEpoch * promptsPerGeneration,
    microBatchesPerEpoch,
    stepsPerEpoch,
    ...planSteps(options, stepsPerEpoch),
    needsOldLogProbabilities: gradientAccumulationSteps % generateEvery !== 0,
  };
}

/** One micro-batch's place in the run. All counts from 0. */
export interface MicroBatch {
  readonly epoch: number;
  /** Generation batch, counted over the run: seeds its sampling and its shuffle. */
  readonly generation: number;
  /** Generation batch within the epoch: tells its prompts. */
  readonly generationOfEpoch: number;
  /** Which part of the generation batch. */
  readonly slice: number;
  /** Which pass over the generation batch (numIterations). */
  readonly iteration: number;
  /** True for the first micro-batch of a generation batch, which must be generated before it. */
  readonly generates: boolean;
}

/**
 * The micro-batches of optimizer step `step` (from 0). Their number is the divisor of gradient accumulation: it is
 * smaller for the last step of an epoch when the epoch does not divide evenly.
 */
export function microBatchesOfStep(plan: BatchPlan, step: number): MicroBatch[] {
  const epoch = Math.floor(step / plan.stepsPerEpoch);
  const first = (step % plan.stepsPerEpoch) * plan.gradientAccumulationSteps;
  const last = Math.min(first + plan.gradientAccumulationSteps, plan.microBatchesPerEpoch);
  const generateEvery = plan.stepsPerGeneration * plan.numIterations;
  return Array.from({ length: last - first }, (_, index) => {
    const position = first + index;
    const generationOfEpoch = Math.floor(position / generateEvery);
    const use = position % generateEvery;
    return {
      epoch,
      generation: epoch * plan.generationsPerEpoch + generationOfEpoch,
      generationOfEpoch,
      slice: use % plan.stepsPerGeneration,
      iteration: Math.floor(use / plan.stepsPerGeneration),
      generates: use === 0,
    };
  });
}

/** Passes over the dataset after `steps` optimizer steps, as the Hugging Face trainer logs it (`epoch`). */
export function epochsAfter(plan: BatchPlan, steps: number): number {
  return steps / plan.stepsPerEpoch;
}

function tooFewRows(rows: number, prompts: number, size: number, numGenerations: number): PavlovError {
  const arithmetic = `generation batch ${size} / numGenerations ${numGenerations} = ${prompts} prompts`;
  if (rows === 0)
    return new PavlovError(`The dataset is empty, and each step takes ${prompts} prompts (${arithmetic}).`);
  return new PavlovError(
    `The dataset has ${rows} ${rows === 1 ? "row" : "rows"}, fewer than the prompts of one generation batch: ` +
      `${arithmetic}. Add rows, or make the generation batch at most ${rows} × ${numGenerations} = ` +
      `${rows * numGenerations} completions (perDeviceTrainBatchSize × stepsPerGeneration).`,
  );
}
