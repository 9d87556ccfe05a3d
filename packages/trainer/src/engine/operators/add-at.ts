/** Adds slices to distinct places of a tensor, in place where the runtime can. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { runRecorded } from "./recorded.js";

/**
 * `x` with `updates` [..., …rest] added at the int32 places `indices` [..., depth], which name its first `depth` axes and
 * are all different. It has no gradient.
 */
export function addAt(x: Tensor, indices: Tensor, updates: Tensor): Tensor {
  const recorded = runRecorded("AddAt", { x, indices, updates });
  if (recorded !== null) return recorded;
  return tf.add(x, tf.scatterND(indices, updates, x.shape));
}
