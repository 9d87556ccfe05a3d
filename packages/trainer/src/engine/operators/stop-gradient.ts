/** Cuts the backward pass. After `jax.lax.stop_gradient`. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";

const stop = tf.customGrad((x) => {
  const tensor = x as Tensor;
  return { value: tensor.clone(), gradFunc: (dy: Tensor) => tf.zerosLike(dy) };
});

/** `x` itself, with a gradient of zero; recorded programs compute nothing for it on the way back. */
export function stopGradient<T extends Tensor>(x: T): T {
  return stop(x) as T;
}
