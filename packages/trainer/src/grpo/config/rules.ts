/** Rules between options: what TRL refuses, and what it warns of. Messages hold the values and what to do. */
import { batchProblems } from "../batch-problems.js";
import { checkSchedule } from "../../optimize/schedule.js";
import { errorMessage } from "@pavlov/core";
import type { GRPOConfig } from "../config.js";

export interface ConfigProblem {
  readonly option: keyof GRPOConfig;
  readonly message: string;
}

/** What makes the options impossible together; empty when all is well. */
export function configProblems(config: GRPOConfig): ConfigProblem[] {
  return [...batchProblems(config), ...RULES.flatMap((rule) => rule(config) ?? [])];
}

type Rule = (config: GRPOConfig) => ConfigProblem | undefined;

const RULES: readonly Rule[] = [
  ({ syncRefModel, beta }) =>
    syncRefModel && beta === 0
      ? {
          option: "syncRefModel",
          message: "syncRefModel needs a reference, which beta 0 leaves out: set beta, or remove it.",
        }
      : undefined,
  ({ syncRefModel, lora }) =>
    syncRefModel && lora !== null
      ? {
          option: "syncRefModel",
          message:
            "syncRefModel needs a reference of its own, but with lora the reference is the base model, which stays: " +
            "remove one of them.",
        }
      : undefined,
  ({ minCompletionLength, maxCompletionLength }) =>
    minCompletionLength > maxCompletionLength
      ? {
          option: "minCompletionLength",
          message: `minCompletionLength (${minCompletionLength}) must not exceed maxCompletionLength (${maxCompletionLength}).`,
        }
      : undefined,
  (config) => {
    const problem = config.rollout.precision === "int8" ? vespoCorrectionProblem(config) : undefined;
    return problem === undefined ? undefined : { option: "importanceSamplingMode", message: problem };
  },
  ({ importanceSamplingClipMin: low, importanceSamplingClipMax: high }) =>
    low !== null && high !== null && low >= high
      ? {
          option: "importanceSamplingClipMin",
          message: `importanceSamplingClipMin (${low}) must be less than importanceSamplingClipMax (${high}).`,
        }
      : undefined,
  (config) =>
    config.importanceSamplingCorrection &&
    config.importanceSamplingMode.endsWith("_truncate") &&
    config.importanceSamplingClipMin === null &&
    config.importanceSamplingClipMax === null
      ? {
          option: "importanceSamplingMode",
          message: `importanceSamplingMode ${config.importanceSamplingMode} needs importanceSamplingClipMax or importanceSamplingClipMin.`,
        }
      : undefined,
  ({ entropyCoefMin: low, entropyCoefMax: high }) =>
    low > high
      ? { option: "entropyCoefMin", message: `entropyCoefMin (${low}) must not exceed entropyCoefMax (${high}).` }
      : undefined,
  ({ warmupRatio, warmupSteps }) =>
    warmupRatio !== null && warmupSteps !== 0
      ? {
          option: "warmupRatio",
          message: `warmupRatio (${warmupRatio}) and warmupSteps (${warmupSteps}) say the same thing twice: remove one.`,
        }
      : undefined,
  ({ maxSteps }) =>
    maxSteps === 0
      ? { option: "maxSteps", message: "maxSteps 0 would train nothing: write a positive number, or -1 for epochs." }
      : undefined,
  ({ lrSchedulerType, lrSchedulerKwargs, learningRate }) => {
    try {
      checkSchedule(lrSchedulerType, { learningRate, ...lrSchedulerKwargs });
      return undefined;
    } catch (error) {
      return { option: "lrSchedulerKwargs", message: errorMessage(error) };
    }
  },
];

/** Sentences for options that work together but rarely mean what was intended. */
export function configWarnings(config: GRPOConfig): string[] {
  const { lossType, importanceSamplingLevel: level, delta, epsilon, epsilonHigh } = config;
  const warnings: string[] = [];
  if (lossType === "luspo" && level !== "sequence") {
    warnings.push("lossType luspo is meant for importanceSamplingLevel sequence; the config has token.");
  }
  if (lossType === "vespo" && level !== "token") {
    warnings.push("lossType vespo forms the ratio of each completion itself; set importanceSamplingLevel to token.");
  }
  if (level === "sequence" && ["dapo", "bnpo", "dr_grpo", "cispo"].includes(lossType)) {
    warnings.push(
      `With importanceSamplingLevel sequence, lossType ${lossType} weighs each completion by its length; ` +
        "GSPO as published is lossType grpo.",
    );
  }
  if (lossType === "cispo" && (epsilonHigh ?? epsilon) <= 1) {
    warnings.push(
      `lossType cispo caps the ratio at epsilonHigh itself (now ${epsilonHigh ?? epsilon}); 5 is recommended.`,
    );
  }
  if (delta !== null && delta <= 1 + epsilon) {
    warnings.push(`delta (${delta}) should be greater than 1 + epsilon (${1 + epsilon}).`);
  }
  return warnings;
}

/**
 * Why VESPO cannot use the importance-sampling correction as configured, or undefined. It matters only where
 * rollouts are sampled by another program than the one that trains, which the options alone do not tell.
 */
export function vespoCorrectionProblem(config: GRPOConfig): string | undefined {
  const { lossType, importanceSamplingCorrection, importanceSamplingMode: mode } = config;
  if (lossType !== "vespo" || !importanceSamplingCorrection || mode.startsWith("token_")) return undefined;
  return `lossType vespo needs importanceSamplingMode token_truncate or token_mask; the config has ${mode}.`;
}
