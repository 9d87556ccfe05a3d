/** Sums, means and bounds over the tokens that count. Written with the few kernels that every engine has. */
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor } from "@tensorflow/tfjs";

/** 1 where the condition holds, else 0. */
export function indicator(condition: Tensor): Tensor {
  return tf.cast(condition, "float32");
}

/** `ifOne` where `flag` is 1 and `ifZero` where it is 0, without rounding either. */
export function choose(flag: Tensor, ifOne: number, ifZero: number): Tensor {
  return tf.add(tf.mul(flag, ifOne), tf.mul(tf.sub(1, flag), ifZero));
}

/** Values limited to [low, high]; the gradient passes where they lie inside, bounds included. */
export function clamp(values: Tensor, low: number, high: number): Tensor {
  return tf.maximum(tf.minimum(values, high), low);
}

/** At least 1, for denominators. */
export function atLeastOne(count: Tensor): Tensor {
  return tf.maximum(count, 1);
}

/** Sum of the values of tokens that count; a tensor [rows, 1] counts once for each of its row's tokens. [] */
export function maskedSum(values: Tensor, mask: Tensor): Scalar {
  return tf.sum<Scalar>(tf.mul(values, mask));
}

/** The same for each row. [rows] */
export function maskedRowSum(values: Tensor, mask: Tensor): Tensor {
  return tf.sum(tf.mul(values, mask), -1);
}

/** Tokens that count in each row. [rows] */
export function rowTokens(mask: Tensor): Tensor {
  return tf.sum(mask, -1);
}

const FAR = 1e9;

/**
 * Largest of `values` [rows] among the rows where `valid` is 1; NaN when there is none, as TRL's `nanmax`. []
 */
export function largestValid(values: Tensor, valid: Tensor): Tensor {
  const largest = tf.max(tf.sub(tf.mul(values, valid), tf.mul(tf.sub(1, valid), FAR)));
  const any = tf.max(valid);
  return tf.div(tf.mul(largest, any), any);
}
