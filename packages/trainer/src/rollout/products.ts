// How a decode program multiplies by the weights: streamed from where training keeps them, or packed into the program.
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { Tensors } from "../engine/engine.js";
import type { ModelConfig } from "../model/config.js";
import { vocabularyLogits } from "../model/decoder.js";
import type { Linear } from "../model/linear.js";
import { linearNames, weightOf, withBias } from "../model/linear.js";
import { identityName, input } from "./program-inputs.js";

/** The products of a decode program. */
export interface RolloutProducts {
  /** How projections are computed. */
  readonly linear: Linear;
  /** Logits [rows, vocabulary] of normalised hidden states [rows, hiddenSize]. */
  readonly head: (parameters: Tensors, hidden: Tensor) => Tensor;
}

/**
 * Weights as inputs. Products are computed as (W·xᵀ)ᵀ: a matrix product copies its right side into panels before it
 * multiplies and reads the left one as it lies, so with few rows the weights must be the left one. The program needs
 * the input {@link identityName}.
 */
export const streamedProducts = (config: ModelConfig): RolloutProducts => ({
  linear: (parameters, name, x) => {
    const turned = tf.matMul(weightOf(parameters, linearNames.weight(name)), x, false, true);
    // 1·Yᵀ turns Y in a seventh of the time of ONNX Runtime's Transpose, and changes no number.
    return withBias(parameters, name, tf.matMul(input(parameters, identityName), turned, false, true));
  },
  head: (parameters, hidden) => vocabularyLogits(config, parameters, hidden),
});
