/** Gradient clipping by the global norm, as `torch.nn.utils.clip_grad_norm_`. */
import { sumOfSquares } from "./kernels.js";

const EPSILON = 1e-6;

/** Euclidean norm of all gradients together, summed in float64. */
export function globalNorm(gradients: Iterable<Float32Array>): number {
  let total = 0;
  for (const gradient of gradients) total += sumOfSquares(gradient);
  return Math.sqrt(total);
}

/**
 * What gradients of this norm are multiplied by so that it does not exceed `maxNorm`: at most 1.
 * `maxNorm` 0 means no clipping, as in the Hugging Face trainer.
 */
export function clipCoefficient(norm: number, maxNorm: number): number {
  return maxNorm > 0 ? Math.min(1, maxNorm / (norm + EPSILON)) : 1;
}
