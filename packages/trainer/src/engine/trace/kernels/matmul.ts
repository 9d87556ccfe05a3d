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
function transposedMatrix(recording: Recording, x: TensorInfo): TensorInfo {
  const [rows, columns] = x.shape as [number, number];
  const batch = recording.value(reshape(recording, x, [1, rows, columns]));
  const turned = recording.graph.emit("Transpose", [batch], { perm: [0, 2, 1] });
  return reshape(recording, recording.produce(turned, [1, columns, rows], "float32"), [columns, rows]);
}

/**
 * So many times wider than `b`, `a` is better left as it lies. A vocabulary's scores are (512 tokens, 49,152 by 576: 297
 * ms instead of 357 on two cores with AVX2); the gate of a layer is not (581 tokens, 1,536 by 576: 9.0 instead of 7.4).
 */
const wideFactor = 8;

/** Whether `a` has many more columns than `b`, where both numbers are known. */
function isMuchWider({ graph }: Recording, a: TensorInfo, b: TensorInfo): boolean {
  const [wide, narrow] = [a.shape.at(-1) as number, b.shape.at(-1) as number];
  return wide > wideFactor * narrow && !graph.isSymbolic(wide) && !graph.isSymbolic(narrow);
}

function gemm(recording: Recording, a: TensorInfo, b: TensorInfo, { transposeA, transposeB }: Transposes): TensorInfo {
  const product = (left: TensorInfo, right: TensorInfo, transB: boolean): TensorInfo => {
    const operands = [recording.value(left), recording.value(right)];
    const shape = [left.shape[0] as number, right.shape[transB ? 0 : 1] as number];
    return recording.produce(
      recording.graph.emit("Gemm", operands, { transA: 0, transB: transB ? 1 : 0 }),
      shape,
      "float32",
    );
  };
  if (!transposeA) return product(a, b, transposeB);
  // aᵀ·b is (bᵀ·a)ᵀ: where a is much the wider, it is faster to turn b and the product.
  if (transposeB || !isMuchWider(recording, a, b)) return product(transposedMatrix(recording, a), b, transposeB);
  return transposedMatrix(recording, product(transposedMatrix(recording, b), a, false));
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
  if (!graph.lacks("FusedMatMul") && (transposeA || transposeB)) {
    const attributes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0, alpha: { float: 1 } };
    return graph.emitRuntime("FusedMatMul", [recording.value(a), recording.value(b)], attributes);
  }
  return graph.emit("MatMul", [transposed(recording, a, transposeA), transposed(recording, b, transposeB)]);
}

export const matmul: KernelTable = {
  GroupedProduct: kernel<{ x: TensorInfo; y: TensorInfo }, { transposeY: boolean }>(
    (recording, { x, y }, { transposeY }) => {
      const columns = y.shape[transposeY ? 3 : 4] as number;
      const product = batched(recording, x, y, { transposeA: false, transposeB: transposeY });
      return recording.produce(product, [...x.shape.slice(0, -1), columns], "float32");
    },
  ),
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
    return reshape(recording, gemm(recording, flatA, flatB, transposes), [...batch, ...matrix]);
  }),
};
