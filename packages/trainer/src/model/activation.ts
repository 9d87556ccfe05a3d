// The gate of the feed-forward block: activation(gate) * up, with SiLU (SwiGLU; Shazeer, 2020) or tanh-GELU.
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { ModelConfig } from "./config.js";

/** activation(gate) * up, element by element. */
export function gated(gate: Tensor, up: Tensor, activation: ModelConfig["activation"]): Tensor {
  return activation === "silu" ? siluGate(gate, up) : tf.mul(geluTanh(gate), up);
}

/** x·σ(x)·up; the gradient is written out, with d silu = σ(x)·(1 + x·(1 − σ(x))). */
const siluGate = (gate: Tensor, up: Tensor): Tensor =>
  tf.customGrad((...args: unknown[]) => {
    const [x, u, save] = args as [Tensor, Tensor, (tensors: Tensor[]) => void];
    const sigmoid = tf.sigmoid(x);
    const activated = tf.mul(x, sigmoid);
    save([u, sigmoid, activated]);
    return {
      value: tf.mul(activated, u),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [v, s, a] = saved as [Tensor, Tensor, Tensor];
        const slope = tf.add(s, tf.mul(a, tf.sub(1, s)));
        return [tf.mul(tf.mul(dy, v), slope), tf.mul(dy, a)];
      },
    };
  })(gate, up);

/** GELU's tanh form: x · ½(1 + tanh y) = x · σ(2y) with y = √(2/π)·(x + 0.044715·x³). */
function geluTanh(x: Tensor): Tensor {
  const cubic = tf.add(tf.mul(tf.square(x), 0.044715), 1);
  return tf.mul(x, tf.sigmoid(tf.mul(tf.mul(x, cubic), 2 * Math.sqrt(2 / Math.PI))));
}
