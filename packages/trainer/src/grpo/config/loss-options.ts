/** Options of the loss: TRL's `GRPOConfig` in camelCase, with the defaults of TRL 1.16. */
import { z } from "zod";
import { IMPORTANCE_SAMPLING_LEVELS, LOSS_TYPES } from "../losses/types.js";
import { IMPORTANCE_SAMPLING_MODES } from "../importance-sampling.js";

const coefficient = () => z.number().min(0);
const optional = () => z.number().nullable().default(null);

export const lossShape = {
  beta: coefficient()
    .default(0)
    .describe("Weight of the KL divergence to the frozen starting model. 0 keeps no reference, which saves memory."),
  numIterations: z.int().min(1).default(1).describe("Times that each generation batch is trained on (μ)."),
  epsilon: coefficient().default(0.2).describe("Ratios below 1 - epsilon are clipped."),
  epsilonHigh: coefficient()
    .nullable()
    .default(null)
    .describe(
      "Ratios above 1 + epsilonHigh are clipped; null takes epsilon. DAPO recommends 0.28. " +
        "For lossType cispo it is the cap itself, 5 recommended.",
    ),
  delta: optional().describe(
    "Cap of the unclipped ratio, which bounds the loss of completions with negative advantage; above 1 + epsilon.",
  ),
  lossType: z
    .enum(LOSS_TYPES)
    .default("dapo")
    .describe(
      "How the tokens' losses are formed and added: grpo, dr_grpo, dapo, bnpo (clipped objective, four ways to " +
        "average), luspo (sequence level), cispo, sapo, vespo (weights instead of clipping).",
    ),
  importanceSamplingLevel: z
    .enum(IMPORTANCE_SAMPLING_LEVELS)
    .default("token")
    .describe("One probability ratio for each token, or for each completion (sequence: GSPO)."),
  sapoTemperatureNeg: z.number().positive().default(1.05).describe("SAPO's temperature for advantages of 0 and less."),
  sapoTemperaturePos: z.number().positive().default(1).describe("SAPO's temperature for positive advantages."),
  vespoKPos: z.number().default(2).describe("VESPO's exponent for advantages of 0 and more."),
  vespoLambdaPos: z.number().default(3).describe("VESPO's decay for advantages of 0 and more."),
  vespoKNeg: z.number().default(3).describe("VESPO's exponent for negative advantages."),
  vespoLambdaNeg: z.number().default(2).describe("VESPO's decay for negative advantages."),
  maskTruncatedCompletions: z
    .boolean()
    .default(false)
    .describe("Leave completions that did not end by themselves out of the loss."),
  topEntropyQuantile: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe("Share of the tokens, those of highest entropy, that the policy loss keeps. 0.2 is recommended."),
  entropyCoef: z.number().default(0).describe("Weight of the entropy bonus; the first one when it adapts."),
  useAdaptiveEntropy: z
    .boolean()
    .default(false)
    .describe("Raise entropyCoef after each step while entropy is at or below entropyTarget, else lower it."),
  entropyCoefMin: coefficient().default(0).describe("Lowest adaptive entropyCoef."),
  entropyCoefMax: coefficient().default(1).describe("Highest adaptive entropyCoef."),
  entropyCoefDelta: coefficient().default(0.005).describe("Change of the adaptive entropyCoef per step."),
  entropyTarget: z
    .number()
    .default(0.2)
    .describe("Mean entropy per token, in nats, at or below which the adaptive bonus applies."),
  offPolicyMaskThreshold: optional().describe(
    "Drop completions of negative advantage that drifted further than this, in nats per token, since they were sampled.",
  ),
  useBiasCorrectionKl: z
    .boolean()
    .default(true)
    .describe("Multiply the KL term by the probability ratio, so that its gradient is unbiased."),
  syncRefModel: z.boolean().default(false).describe("Move the reference towards the policy now and then."),
  refModelMixupAlpha: z
    .number()
    .min(0)
    .max(1)
    .default(0.6)
    .describe("Share of the policy in each move: reference = alpha · policy + (1 - alpha) · reference."),
  refModelSyncSteps: z.int().min(1).default(512).describe("Optimizer steps between two moves of the reference."),
  importanceSamplingCorrection: z
    .boolean()
    .default(true)
    .describe(
      "Correct for rollouts sampled at another precision than the training pass (TRL: " +
        "vllm_importance_sampling_correction). Without such rollouts it does nothing.",
    ),
  importanceSamplingMode: z
    .enum(IMPORTANCE_SAMPLING_MODES)
    .default("sequence_mask")
    .describe(
      "Ratio of each token or each completion, and limited (truncate) or dropped (mask) outside the bounds (TRL: " +
        "vllm_importance_sampling_mode).",
    ),
  importanceSamplingClipMax: z
    .number()
    .positive()
    .nullable()
    .default(3)
    .describe("Upper bound of the correction's ratio (TRL: vllm_importance_sampling_clip_max)."),
  importanceSamplingClipMin: coefficient()
    .nullable()
    .default(null)
    .describe("Lower bound of the correction's ratio (TRL: vllm_importance_sampling_clip_min)."),
};
