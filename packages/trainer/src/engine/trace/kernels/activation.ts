/** Activations and what they are made of. */
import type * as tf from "@tensorflow/tfjs";
import type { TensorInfo } from "@tensorflow/tfjs";
import { type Kernel, kernel, type KernelTable } from "../kernel.js";

const activationOf = (operator: string): Kernel =>
  kernel<{ x: TensorInfo }, object>((recording, { x }) =>
    recording.produce(recording.graph.emit(operator, [recording.value(x)]), x.shape, "float32"),
  );

export const activation: KernelTable = {
  Sigmoid: activationOf("Sigmoid"),
  Tanh: activationOf("Tanh"),
  Relu: activationOf("Relu"),
  Softplus: activationOf("Softplus"),
  Erf: activationOf("Erf"),
  LeakyRelu: kernel<{ x: TensorInfo }, tf.LeakyReluAttrs>((recording, { x }, { alpha }) => {
    const name = recording.graph.emit("LeakyRelu", [recording.value(x)], { alpha: { float: alpha } });
    return recording.produce(name, x.shape, "float32");
  }),
  Softmax: kernel<{ logits: TensorInfo }, tf.SoftmaxAttrs>((recording, { logits }, { dim }) => {
    const axis = dim < 0 ? dim : dim - logits.shape.length;
    const name = recording.graph.emit("Softmax", [recording.value(logits)], { axis });
    return recording.produce(name, logits.shape, "float32");
  }),
};
