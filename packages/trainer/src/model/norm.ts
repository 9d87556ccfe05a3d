// Root-mean-square normalisation (Zhang and Sennrich, 2019) with its gradient as one operation.
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";

/**
 * x / sqrt(mean(x²) + epsilon) * (weight + offset) over the last axis. `x` [..., width], `weight` [width].
 *
 * The gradient is written out: with r = 1/rms and y = x·r·g, dx = r·(dy·g − x·r²·mean(dy·g·x)). The chain of small
 * operations that automatic differentiation would record is about three times as long.
 */
export function rmsNorm(x: Tensor, weight: Tensor, epsilon: number, offset: 0 | 1 = 0): Tensor {
  const gain = offset === 0 ? weight : tf.add(weight, offset);
  return scaledNorm(epsilon)(x, gain);
}

const scaledNorm = (epsilon: number) =>
  tf.customGrad((...args: unknown[]) => {
    const [x, gain, save] = args as [Tensor, Tensor, (tensors: Tensor[]) => void];
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));
    const normalised = tf.mul(x, inverse);
    save([gain, normalised, inverse]);
    return {
      value: tf.mul(normalised, gain),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [g, n, r] = saved as [Tensor, Tensor, Tensor];
        const width = g.shape[0] as number;
        const slopes = tf.reshape(tf.mul(dy, n), [-1, width]);
        // The mean of slopes · g over the width, for each row: a product, which makes no tensor of that size.
        const projection = tf.reshape(tf.matMul(slopes, tf.reshape(tf.div(g, width), [width, 1])), r.shape);
        return [tf.mul(r, tf.sub(tf.mul(dy, g), tf.mul(n, projection))), tf.sum(slopes, 0)];
      },
    };
  });
