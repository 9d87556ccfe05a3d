/**
 * Gradients that TensorFlow.js computes with a tensor of ones in the input's shape. Recording them would allocate that
 * tensor in JavaScript (a gigabyte for the logits of a large vocabulary) and fix a symbolic size; these broadcast.
 */
import * as tf from "@tensorflow/tfjs";
import type { GradConfig, Tensor } from "@tensorflow/tfjs";

type Axis = number | number[];

function spread(dy: Tensor, x: Tensor, axis: Axis): Tensor {
  const axes = tf.util.parseAxisParam(axis, x.shape);
  const kept = x.shape.map((size, position) => (axes.includes(position) ? 1 : size));
  return tf.engine().runKernel("BroadcastTo", { x: tf.reshape(dy, kept) }, { shape: x.shape });
}

const recordedGradients: readonly GradConfig[] = [
  {
    kernelName: tf.Sum,
    inputsToSave: ["x"],
    gradFunc: (dy, saved, attributes) => ({
      x: () => spread(dy as Tensor, saved[0] as Tensor, attributes["axis"] as Axis),
    }),
  },
  {
    kernelName: tf.Mean,
    inputsToSave: ["x"],
    gradFunc: (dy, saved, attributes) => ({
      x: () => {
        const x = saved[0] as Tensor;
        const axes = tf.util.parseAxisParam(attributes["axis"] as Axis, x.shape);
        // One division for each axis: a product of several symbolic sizes may not be exact in float32.
        const share = axes.reduce((rest, axis) => rest.div(tf.scalar(x.shape[axis] as number)), dy as Tensor);
        return spread(share, x, axes);
      },
    }),
  },
];

/** Runs `record` with gradients fit for recording, and puts TensorFlow.js's own back. */
export function withRecordedGradients<T>(record: () => T): T {
  const originals = recordedGradients.map(({ kernelName }) => tf.getGradient(kernelName));
  recordedGradients.forEach((config) => tf.registerGradient(config));
  try {
    return record();
  } finally {
    originals.forEach((config) => tf.registerGradient(config));
  }
}
