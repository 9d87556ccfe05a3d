/** Which loss a training program computes. Everything in it is part of the compiled program. */
import type { PolicyLossOptions } from "../grpo/losses/index.js";

export type LossSpec =
  | {
      readonly kind: "grpo";
      readonly options: PolicyLossOptions;
      readonly temperature: number;
      /** Completion tokens that count, over the whole generation batch (TRL's `num_items_in_batch`). */
      readonly itemsInBatch: number;
      /** Micro-batches of one optimizer step; 1 in evaluation. */
      readonly gradientAccumulationSteps: number;
      /** Micro-batches of the generation batch; 1 in evaluation. */
      readonly stepsPerGeneration: number;
      /** Current coefficient of the entropy bonus. */
      readonly entropyCoefficient: number;
    }
  | {
      /** Mean negative log-likelihood of the completion tokens over all micro-batches of one update. */
      readonly kind: "sft";
      readonly itemsInBatch: number;
    };
