/**
 * What goes into a policy loss and what comes out. Names and meaning follow TRL's `GRPOTrainer._compute_loss`;
 * everything in the options is a constant of the compiled program, everything in the inputs is a tensor.
 */
import type { Scalar, Tensor } from "@tensorflow/tfjs";

export const LOSS_TYPES = ["grpo", "dr_grpo", "dapo", "bnpo", "cispo", "sapo", "luspo", "vespo"] as const;
export type LossType = (typeof LOSS_TYPES)[number];

export const IMPORTANCE_SAMPLING_LEVELS = ["token", "sequence"] as const;
export type ImportanceSamplingLevel = (typeof IMPORTANCE_SAMPLING_LEVELS)[number];

/** The constants of a loss program. */
export interface PolicyLossOptions {
  readonly lossType: LossType;
  /** One ratio for each token, or one for each completion (GSPO). */
  readonly importanceSamplingLevel: ImportanceSamplingLevel;
  /** Ratios below `1 - epsilon` are clipped. */
  readonly epsilon: number;
  /** Ratios above `1 + epsilonHigh` are clipped; for `cispo` the cap itself. */
  readonly epsilonHigh: number;
  /** Cap of the unclipped ratio (two-sided clipping, INTELLECT-2), or null. */
  readonly delta: number | null;
  /** Weight of the KL divergence to the reference; 0 leaves it out. */
  readonly beta: number;
  readonly useBiasCorrectionKl: boolean;
  readonly sapoTemperaturePos: number;
  readonly sapoTemperatureNeg: number;
  readonly vespoKPos: number;
  readonly vespoLambdaPos: number;
  readonly vespoKNeg: number;
  readonly vespoLambdaNeg: number;
  /** Share of the tokens, those of highest entropy, that the policy loss keeps; 1 keeps all. */
  readonly topEntropyQuantile: number;
  /** Completions of negative advantage that drifted further than this (nats per token) are dropped; null keeps all. */
  readonly offPolicyMaskThreshold: number | null;
  /** Subtract `entropyCoefficient` times the mean entropy. */
  readonly entropyBonus: boolean;
  /** Divisor of `dr_grpo`, tokens. */
  readonly maxCompletionLength: number;
}

/**
 * The tensors of one micro-batch, float32. Values where `mask` is 0 must be finite and count for nothing.
 * The four scalars after the advantages are inputs, so that no program is compiled anew when they change.
 */
export interface PolicyLossInputs {
  /** Of the policy in training; gradients flow into it. [rows, completion], natural logarithm. */
  readonly logProbabilities: Tensor;
  /** Of the policy in training, nats; gradients flow into it with the entropy bonus. [rows, completion] */
  readonly entropies: Tensor;
  /** 1 for tokens that count. [rows, completion] */
  readonly mask: Tensor;
  /** [rows] */
  readonly advantages: Tensor;
  /** Tokens that count over the whole generation batch (TRL's `num_items_in_batch`). [] */
  readonly itemsInBatch: Tensor;
  /** Micro-batches of this optimizer step; 1 in evaluation. [] */
  readonly gradientAccumulation: Tensor;
  /** Micro-batches of the generation batch; 1 in evaluation. [] */
  readonly stepsPerGeneration: Tensor;
  /** Coefficient of the entropy bonus as it applies now; needed with `entropyBonus`. [] */
  readonly entropyCoefficient?: Tensor;
  /** Of the policy when the batch was generated. Absent: the ratio is 1 by definition. [rows, completion] */
  readonly oldLogProbabilities?: Tensor;
  /** Of the frozen reference; needed with `beta`. [rows, completion] */
  readonly referenceLogProbabilities?: Tensor;
  /** Of the engine that sampled. [rows, completion] */
  readonly samplingLogProbabilities?: Tensor;
  /** Correction for sampling from another engine, see `importance-sampling.ts`. [rows, completion] or [rows, 1] */
  readonly importanceRatio?: Tensor;
  /** Entropy from which tokens are kept with `topEntropyQuantile`; computed from this micro-batch when absent. [] */
  readonly entropyThreshold?: Tensor;
  /** 1 for real rows, 0 for rows that only fill a shape. Absent: all are real. [rows] */
  readonly rowMask?: Tensor;
  /** Rows and tokens of the whole micro-batch where these tensors hold only a part of it. [] */
  readonly rowsInBatch?: Tensor;
  readonly tokensInBatch?: Tensor;
}

export interface PolicyLossResult {
  /** To be minimized; already divided for gradient accumulation. [] */
  readonly loss: Scalar;
  /** TRL's metrics of this micro-batch, and under `count/…` what is not logged. Each [] */
  readonly metrics: Readonly<Record<string, Tensor>>;
}

/** What each loss type builds on. */
export interface LossTerms {
  readonly options: PolicyLossOptions;
  readonly logProbabilities: Tensor;
  readonly mask: Tensor;
  /** [rows, 1] */
  readonly advantages: Tensor;
  /** `log p - log p_old`, 0 where masked. [rows, completion] */
  readonly logRatio: Tensor;
  /** `p / p_old` at the importance-sampling level. [rows, completion] or [rows, 1] */
  readonly ratio: Tensor;
  readonly importanceRatio: Tensor | undefined;
  /** Mean over the tokens that count, or over the rows for a tensor [rows, 1]. [] */
  readonly mean: (values: Tensor) => Tensor;
  /** Largest of the rows' means. [] */
  readonly largestRowMean: (values: Tensor) => Tensor;
}

/** What a loss type's formula yields. */
export interface TokenLoss {
  /** [rows, completion] or [rows, 1] */
  readonly loss: Tensor;
  readonly metrics: Readonly<Record<string, Tensor>>;
}

/** The denominators of an aggregation, each []. */
export interface Denominators {
  readonly rows: Tensor;
  readonly tokens: Tensor;
  readonly items: Tensor;
  readonly gradientAccumulation: Tensor;
  readonly stepsPerGeneration: Tensor;
  readonly maxCompletionLength: number;
}

/** The loss as TRL logs it (`policy_loss`), and as it is minimized. */
export interface AggregatedLoss {
  readonly policyLoss: Scalar;
  readonly loss: Scalar;
}

export type Aggregation = (tokenLoss: Tensor, mask: Tensor, denominators: Denominators) => AggregatedLoss;

/** One loss type: a formula for each token and a way to add the tokens up. */
export interface LossDefinition {
  readonly tokenLoss: (terms: LossTerms) => TokenLoss;
  readonly aggregate: Aggregation;
}
