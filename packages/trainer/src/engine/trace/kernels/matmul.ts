/** Matrix products. Two-dimensional ones are Gemm, the fastest on every provider; batched ones FusedMatMul or MatMul. */
import * as tf from "@tensorflow/tfjs";
import type { TensorInfo } from "@tensorflow/tfjs";
import { kernel, type KernelTable, type Recording } from "../kernel.js";
import { reshape } from "./shape.js";

interface Transposes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/**
 * ONNX Runtime packs a transposed left operand slowly: transposing it first is a quarter faster. Done as a batch of one,
 * which no optimizer folds back into the product.
 */
function transposedMatrix(recording: Recording, x: TensorInfo): string {
  const [rows, columns] = x.shape as [number, number];
  const batch = recording.value(reshape(recording, x, [1, rows, columns]));
  const turned = recording.graph.emit("Transpose", [batch], { perm: [0, 2, 1] });
  const info = recording.produce(turned, [1, columns, rows], "float32");
  return recording.value(reshape(recording, info, [columns, rows]));
}

function gemm(recording: Recording, a: TensorInfo, b: TensorInfo, { transposeA, transposeB }: Transposes): string {
  const left = transposeA ? transposedMatrix(recording, a) : recording.value(a);
  return recording.graph.emit("Gemm", [left, recording.value(b)], { transA: 0, transB: transposeB ? 1 : 0 });
}

function transposed(recording: Recording, x: TensorInfo, swap: boolean): string {
  if (!swap) return recording.value(x);
  const axes = x.shape.map((_, axis) => axis);
  const perm = [...axes.slice(0, -2), ...axes.slice(-2).toReversed()];
  return recording.graph.emit("Transpose", [recording.value(x)], { perm });
}

function batched(recording: Recording, a: TensorInfo, b: TensorInfo, transposes: Transposes): string {
  const { graph } = recording;
  const { transposeA, transposeB } = transposes;
  if (graph.options.fusedMatMul && (transposeA || transposeB)) {
    const attributes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0, alpha: { float: 1 } };
    return graph.emitRuntime("FusedMatMul", [recording.value(a), recording.value(b)], attributes);
  }
  return graph.emit("MatMul", [transposed(recording, a, transposeA), transposed(recording, b, transposeB)]);
}

export const matmul: KernelTable = {
  BatchMatMul: kernel<{ a: TensorInfo; b: TensorInfo }, Transposes>((recording, { a, b }, transposes) => {
    const [rows, inner] = transposes.transposeA ? a.shape.slice(-2).toReversed() : a.shape.slice(-2);
    const [innerB, columns] = transposes.transposeB ? b.shape.slice(-2).toReversed() : b.shape.slice(-2);
    if (inner !== innerB) recording.refuse(`shapes [${a.shape.join(", ")}] and [${b.shape.join(", ")}] do not fit`);
    const matrix = [rows as number, columns as number];
    const batch = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    if (batch.some((size) => size !== 1)) {
      return recording.produce(batched(recording, a, b, transposes), [...batch, ...matrix], "float32");
    }
    const [flatA, flatB] = [reshape(recording, a, a.shape.slice(-2)), reshape(recording, b, b.shape.slice(-2))];
    const product = recording.produce(gemm(recording, flatA, flatB, transposes), matrix, "float32");
    return reshape(recording, product, [...batch, ...matrix]);
  }),
};
