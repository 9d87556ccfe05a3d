/** Rows in another order, some left out or taken twice, with a gradient that adds nothing up. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";

/**
 * `x[there]`, rows of `x` [rows, width] by the int32 ids `there`. Its gradient is `dy[back]`, as long as `x`: `back` has
 * for each row of `x` the place to which `there` moves it. That is the gradient where no row with one goes to two
 * places, and where rows that go nowhere are given a place whose gradient is zero.
 */
export function reorderRows(x: Tensor, there: Tensor, back: Tensor): Tensor {
  const reorder = tf.customGrad((...args: unknown[]) => {
    const [rows, save] = args as [Tensor, (tensors: Tensor[]) => void];
    save([back]);
    return {
      value: tf.gather(rows, there),
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.gather(dy, saved[0] as Tensor),
    };
  });
  return reorder(x);
}
