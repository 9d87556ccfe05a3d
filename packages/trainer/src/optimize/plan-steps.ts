/** How long a run is and how long its learning rate rises: the arithmetic of `TrainingArguments`, for every method. */
import { warmupStepsOf } from "./schedule.js";

export interface RunLengthOptions {
  /** Optimizer steps of the run; 0 or less takes `numTrainEpochs`. */
  readonly maxSteps: number;
  /** Passes over the dataset, which may be a fraction. */
  readonly numTrainEpochs: number;
  /** Steps, or below 1 a share of all steps. */
  readonly warmupSteps: number;
  /** A share of all steps, in place of `warmupSteps`. */
  readonly warmupRatio: number | null;
}

/** Both in optimizer steps. */
export interface RunLength {
  readonly maxSteps: number;
  readonly warmupSteps: number;
}

/** The run's length, given the optimizer steps of one pass over the dataset. */
export const planSteps = (options: RunLengthOptions, stepsPerEpoch: number): RunLength => {
  const maxSteps = options.maxSteps > 0 ? options.maxSteps : Math.ceil(options.numTrainEpochs * stepsPerEpoch);
  const { warmupRatio, warmupSteps } = options;
  return {
    maxSteps,
    warmupSteps: warmupRatio === null ? warmupStepsOf(warmupSteps, maxSteps) : Math.ceil(maxSteps * warmupRatio),
  };
};
