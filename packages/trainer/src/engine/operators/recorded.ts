/** Operators that have a kernel of their own in recorded programs and are composed of others everywhere else. */
import * as tf from "@tensorflow/tfjs";
import type { NamedAttrMap, NamedTensorMap, Tensor } from "@tensorflow/tfjs";

/** Runs a kernel where the active backend has it; null where it must be composed. It has no gradient. */
export function runRecorded(kernel: string, inputs: NamedTensorMap, attributes: object = {}): Tensor | null {
  const known = tf.getKernel(kernel, tf.getBackend()) as tf.KernelConfig | undefined;
  if (known === undefined) return null;
  return tf.engine().runKernel(kernel, inputs, attributes as NamedAttrMap);
}
