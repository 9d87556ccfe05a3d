/**
 * The batch sizes that TRL refuses, each as a sentence that shows the arithmetic and the nearest values that work.
 * A generation batch holds whole groups, and is split into whole micro-batches.
 */
import type { GRPOConfig } from "./config.js";

export interface BatchProblem {
  readonly option: keyof GRPOConfig;
  readonly message: string;
}

/** The options that the arithmetic is about. */
export type BatchOptions = Pick<
  GRPOConfig,
  | "numGenerations"
  | "numGenerationsEval"
  | "perDeviceTrainBatchSize"
  | "perDeviceEvalBatchSize"
  | "gradientAccumulationSteps"
  | "generationBatchSize"
  | "stepsPerGeneration"
  | "evalStrategy"
>;

/** Completions generated at once, and the micro-batches that they are split into. */
export function generationBatch(options: BatchOptions): { readonly size: number; readonly steps: number } {
  const { perDeviceTrainBatchSize, generationBatchSize, gradientAccumulationSteps } = options;
  if (generationBatchSize !== null) {
    return { size: generationBatchSize, steps: generationBatchSize / perDeviceTrainBatchSize };
  }
  const steps = options.stepsPerGeneration ?? gradientAccumulationSteps;
  return { size: perDeviceTrainBatchSize * steps, steps };
}

/** What is wrong with the batch sizes; empty when all is well. */
export function batchProblems(options: BatchOptions): BatchProblem[] {
  if (options.numGenerations < 2) {
    return [
      {
        option: "numGenerations",
        message:
          `numGenerations is ${options.numGenerations}: an advantage compares the completions of one prompt, so it ` +
          "takes at least 2; the default is 8.",
      },
    ];
  }
  const problem = ambiguous(options) ?? brokenMicroBatches(options) ?? brokenGroups(options);
  const inEvaluation = brokenEvaluationGroups(options);
  return [problem, inEvaluation].filter((found) => found !== undefined);
}

function ambiguous({
  generationBatchSize,
  stepsPerGeneration,
  perDeviceTrainBatchSize,
}: BatchOptions): BatchProblem | undefined {
  if (generationBatchSize === null || stepsPerGeneration === null) return undefined;
  return {
    option: "generationBatchSize",
    message:
      `generationBatchSize (${generationBatchSize}) and stepsPerGeneration (${stepsPerGeneration}) cannot both be ` +
      `set, since generationBatchSize = perDeviceTrainBatchSize (${perDeviceTrainBatchSize}) × stepsPerGeneration: ` +
      "remove one.",
  };
}

function brokenMicroBatches({ generationBatchSize, ...options }: BatchOptions): BatchProblem | undefined {
  const micro = options.perDeviceTrainBatchSize;
  if (generationBatchSize === null || generationBatchSize % micro === 0) return undefined;
  const size = nearest(generationBatchSize, (value) => value % micro === 0 && value % options.numGenerations === 0);
  return {
    option: "generationBatchSize",
    message:
      `generationBatchSize (${generationBatchSize}) is not a multiple of perDeviceTrainBatchSize (${micro}): ` +
      `${ratio(generationBatchSize, micro)} micro-batches. Nearest that work: generationBatchSize ${or(size)}, or ` +
      `perDeviceTrainBatchSize ${or(nearest(micro, (value) => generationBatchSize % value === 0))}.`,
  };
}

function brokenGroups(options: BatchOptions): BatchProblem | undefined {
  const { numGenerations, perDeviceTrainBatchSize: micro } = options;
  const { size, steps } = generationBatch(options);
  if (size % numGenerations === 0) return undefined;
  const prompts = `${size} / ${numGenerations} = ${ratio(size, numGenerations)} prompts`;
  const generations = nearest(numGenerations, (value) => value >= 2 && size % value === 0);
  const groups = generations.length > 0 ? [`numGenerations ${or(generations)}`] : [];
  if (options.generationBatchSize !== null) {
    const sizes = nearest(size, (value) => value % micro === 0 && value % numGenerations === 0);
    return {
      option: "generationBatchSize",
      message:
        `generationBatchSize (${size}) does not hold whole groups of numGenerations (${numGenerations}): ${prompts}. ` +
        `Nearest that work: ${[`generationBatchSize ${or(sizes)}`, ...groups].join("; ")}.`,
    };
  }
  const stepsName = options.stepsPerGeneration === null ? "gradientAccumulationSteps" : "stepsPerGeneration";
  const fixes = [
    `perDeviceTrainBatchSize ${or(nearest(micro, (value) => (value * steps) % numGenerations === 0))}`,
    `${stepsName} ${or(nearest(steps, (value) => (value * micro) % numGenerations === 0))}`,
    ...groups,
  ];
  return {
    option: "numGenerations",
    message:
      `The generation batch does not hold whole groups: perDeviceTrainBatchSize (${micro}) × ${stepsName} (${steps}) ` +
      `= ${size} completions, and numGenerations is ${numGenerations}: ${prompts}. ` +
      `Nearest that work: ${fixes.join("; ")}.`,
  };
}

function brokenEvaluationGroups(options: BatchOptions): BatchProblem | undefined {
  const size = options.perDeviceEvalBatchSize;
  const generations = options.numGenerationsEval ?? options.numGenerations;
  if (options.evalStrategy === "no" || size % generations === 0) return undefined;
  const counts = nearest(generations, (value) => size % value === 0);
  return {
    option: "perDeviceEvalBatchSize",
    message:
      `perDeviceEvalBatchSize (${size}) does not hold whole groups of ` +
      `${options.numGenerationsEval === null ? "numGenerations" : "numGenerationsEval"} (${generations}): ` +
      `${size} / ${generations} = ${ratio(size, generations)} prompts. Nearest that work: perDeviceEvalBatchSize ` +
      `${or(nearest(size, (value) => value % generations === 0))}; numGenerationsEval ${or(counts)}.`,
  };
}

/** The nearest working value below and the nearest above, at least 1. */
function nearest(value: number, works: (candidate: number) => boolean): number[] {
  const found: number[] = [];
  for (let candidate = Math.floor(value) - 1; candidate >= 1; candidate -= 1) {
    if (!works(candidate)) continue;
    found.push(candidate);
    break;
  }
  const farthest = 2 * value + 100_000;
  for (let candidate = Math.floor(value) + 1; candidate <= farthest; candidate += 1) {
    if (!works(candidate)) continue;
    found.push(candidate);
    break;
  }
  return found;
}

function or(values: readonly number[]): string {
  return values.join(" or ");
}

function ratio(a: number, b: number): string {
  return String(Math.round((a / b) * 100) / 100);
}
