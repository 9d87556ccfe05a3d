/** ONNX Runtime's own operators for what takes many small ones otherwise; see engine/operators/ for what they compute. */
import type { TensorInfo } from "@tensorflow/tfjs";
import { kernel, type KernelTable, type Recording } from "../kernel.js";
import { reshape } from "./shape.js";
import { blockInputs, blocksOf, type Int8Weight } from "../../operators/int8-product.js";

/** The halves of each head [rows, heads, d] turned by their row's angles, of plain operators. */
function turnHalves(recording: Recording, x: TensorInfo, cosine: TensorInfo, sine: TensorInfo): TensorInfo {
  const { graph } = recording;
  const half = (x.shape[2] as number) / 2;
  const halves = graph.emitMany("Split", [recording.value(x), graph.integers([half, half])], 2, { axis: 2 });
  const [first, second] = halves as [string, string];
  const ofRow = (angles: TensorInfo) => graph.emit("Unsqueeze", [recording.value(angles), graph.integers([1])]);
  const [c, s] = [ofRow(cosine), ofRow(sine)];
  const product = (a: string, b: string) => graph.emit("Mul", [a, b]);
  const both = [
    graph.emit("Sub", [product(first, c), product(second, s)]),
    graph.emit("Add", [product(second, c), product(first, s)]),
  ];
  return recording.produce(graph.emit("Concat", both, { axis: 2 }), x.shape, "float32");
}

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
  // The operator looks angles up by position: here each row has its own, so row r looks up r.
  RotateHeads: kernel<{ x: TensorInfo; cosine: TensorInfo; sine: TensorInfo }, { heads: number }>(
    (recording, { x, cosine, sine }, { heads }) => {
      const { graph } = recording;
      const [rows, width] = x.shape as [number, number];
      if (graph.lacks("RotateHeads")) {
        const turned = turnHalves(recording, reshape(recording, x, [rows, heads, width / heads]), cosine, sine);
        return reshape(recording, turned, x.shape);
      }
      const limits = [graph.scalar(0, "int32"), graph.sizeScalar(rows, "int32"), graph.scalar(1, "int32")];
      const order = graph.emit("Cast", [graph.emit("Range", limits)], { to: 7 });
      const positions = graph.emit("Unsqueeze", [order, graph.integers([1])]);
      const sequence = recording.value(reshape(recording, x, [rows, 1, width]));
      const attributes = { num_heads: heads, rotary_embedding_dim: width / heads };
      const inputs = [sequence, positions, recording.value(cosine), recording.value(sine)];
      const turned = graph.emitRuntime("RotaryEmbedding", inputs, attributes);
      return reshape(recording, recording.produce(turned, [rows, 1, width], "float32"), x.shape);
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
