/** ONNX Runtime's own operators for what takes many small ones otherwise; see engine/operators/ for what they compute. */
import type { TensorInfo } from "@tensorflow/tfjs";
import { kernel, type KernelTable } from "../kernel.js";
import { reshape } from "./shape.js";
import { blockInputs, blocksOf, type Int8Weight } from "../../operators/int8-product.js";

export const fused: KernelTable = {
  RootMeanSquareNorm: kernel<{ x: TensorInfo; gain: TensorInfo }, { epsilon: number }>(
    (recording, { x, gain }, { epsilon }) => {
      const { graph } = recording;
      const [value, weight] = [recording.value(x), recording.value(gain)];
      const attributes = { epsilon: { float: epsilon } };
      // The residual stream is a sum whose norm comes next: one operator has both results.
      const ofSum =
        x.shape.length === 2 ? graph.fuseSum(value, "SkipSimplifiedLayerNormalization", [weight], attributes) : null;
      const name = ofSum ?? graph.emit("SimplifiedLayerNormalization", [value, weight], { axis: -1, ...attributes });
      return recording.produce(name, x.shape, "float32");
    },
  ),
  // The operator looks angles up by position: here each row has its own, so rows are one sequence that begins at 0.
  RotateHeads: kernel<{ x: TensorInfo; cosine: TensorInfo; sine: TensorInfo }, { heads: number }>(
    (recording, { x, cosine, sine }, { heads }) => {
      const { graph } = recording;
      const [rows, width] = x.shape as [number, number];
      const sequence = recording.value(reshape(recording, x, [1, rows, width]));
      const attributes = { num_heads: heads, rotary_embedding_dim: width / heads };
      const inputs = [sequence, graph.integers([0]), recording.value(cosine), recording.value(sine)];
      const turned = graph.emitRuntime("RotaryEmbedding", inputs, attributes);
      return reshape(recording, recording.produce(turned, [1, rows, width], "float32"), x.shape);
    },
  ),
  // Accuracy level 4: activations are quantised too, and products are of integers.
  Int8Product: kernel<{ x: TensorInfo }, { name: string; weight: Int8Weight }>((recording, { x }, { name, weight }) => {
    const { graph } = recording;
    const { inputs, outputs, values, scales } = weight;
    const blocks = blocksOf(inputs);
    const operands = [
      recording.value(x),
      graph.bindConstant(`${name}.values`, values, [outputs, blocks, blockInputs], "uint8"),
      graph.bindConstant(`${name}.scales`, scales, [outputs * blocks], "float32"),
    ];
    const attributes = { K: inputs, N: outputs, bits: 8, block_size: blockInputs, accuracy_level: 4 };
    const product = graph.emitRuntime("MatMulNBits", operands, attributes);
    return recording.produce(product, [x.shape[0] as number, outputs], "float32");
  }),
};
