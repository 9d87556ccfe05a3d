/** Values that the gradient does not see, as `no_grad` in PyTorch. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";

/**
 * What `compute` returns, as a constant: nothing inside it is recorded, and the backward pass computes nothing for it.
 * It may use any tensor of the surrounding function.
 */
export function withoutGradient(compute: () => Tensor): Tensor {
  // A custom gradient without inputs cuts the tape: no path leads from its value to any variable.
  return tf.customGrad(() => ({ value: compute(), gradFunc: () => [] }))();
}
