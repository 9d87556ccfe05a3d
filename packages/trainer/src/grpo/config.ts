/**
 * The options of a GRPO run: TRL's `GRPOConfig` and what it inherits from Hugging Face's `TrainingArguments`, in
 * camelCase, with the defaults and the meaning of TRL 1.16, but for logging: metrics are logged at every step, and the
 * run's folder holds completions unless `logCompletions` is false. The importance-sampling options, which TRL
 * names after vLLM, serve any engine here. What is left out and why stands in `config/left-out.ts`; writing such an
 * option is an error that says so.
 */
import { z } from "zod";
import { chatTemplateShape } from "../model/chat-template.js";
import { generationShape } from "../rollout/sampling-options.js";
import { batchShape, rewardShape } from "./config/batch-options.js";
import { leftOutReason } from "./config/left-out.js";
import { loggingShape } from "./config/logging-options.js";
import { loraShape, unknownOptions } from "./config/lora-options.js";
import { lossShape } from "./config/loss-options.js";
import { memoryShape } from "./config/memory-options.js";
import { rolloutShape } from "./config/rollout-options.js";
import { optimizerShape } from "../optimize/options.js";
import { configProblems } from "./config/rules.js";
import type { PolicyLossOptions } from "./losses/types.js";

const grpoOptionsSchema = z.strictObject(
  {
    ...batchShape,
    ...rewardShape,
    ...generationShape,
    ...chatTemplateShape,
    ...lossShape,
    ...optimizerShape,
    ...loraShape,
    ...loggingShape,
    ...memoryShape,
    ...rolloutShape,
  },
  { error: (issue) => (issue.code === "unrecognized_keys" ? unknownOptions(issue["keys"], leftOutReason) : undefined) },
);

/** Every option with its value. */
export type GRPOConfig = z.output<typeof grpoOptionsSchema>;

/** What a user writes: every option may be left out. */
export type GRPOConfigInput = z.input<typeof grpoOptionsSchema>;

/** Checks options and fills in defaults. Unknown options and impossible combinations are issues with a message. */
export const grpoConfigSchema = grpoOptionsSchema.superRefine((config, context) => {
  for (const { option, message } of configProblems(config)) {
    context.addIssue({ code: "custom", path: [option], input: config[option], message });
  }
});

export { leftOutReason } from "./config/left-out.js";
export { configWarnings, vespoCorrectionProblem } from "./config/rules.js";

/** The part of the options that is compiled into the loss program. */
export function lossOptions(config: GRPOConfig): PolicyLossOptions {
  return {
    lossType: config.lossType,
    importanceSamplingLevel: config.importanceSamplingLevel,
    epsilon: config.epsilon,
    epsilonHigh: config.epsilonHigh ?? config.epsilon,
    delta: config.delta,
    beta: config.beta,
    useBiasCorrectionKl: config.useBiasCorrectionKl,
    sapoTemperaturePos: config.sapoTemperaturePos,
    sapoTemperatureNeg: config.sapoTemperatureNeg,
    vespoKPos: config.vespoKPos,
    vespoLambdaPos: config.vespoLambdaPos,
    vespoKNeg: config.vespoKNeg,
    vespoLambdaNeg: config.vespoLambdaNeg,
    topEntropyQuantile: config.topEntropyQuantile,
    offPolicyMaskThreshold: config.offPolicyMaskThreshold,
    entropyBonus: config.useAdaptiveEntropy || config.entropyCoef !== 0,
    maxCompletionLength: config.maxCompletionLength,
  };
}
