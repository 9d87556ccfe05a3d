/**
 * What needs no computing because an operand has one value throughout: a zero gradient stays zero on its way back, and
 * adding zero or multiplying by one changes nothing. Without it everything below a stopped gradient would be computed.
 * Zero times NaN or infinity counts as zero here.
 */
import type { TensorInfo } from "@tensorflow/tfjs";

type Uniform = (tensor: TensorInfo) => number | null;
type Rule = (inputs: Record<string, TensorInfo>, uniform: Uniform) => number | TensorInfo | null;

/** Moves elements and changes none. */
const moves: Rule = (inputs, uniform) => uniform(inputs["x"] as TensorInfo);

const stays: Rule = (inputs, uniform) => (uniform(inputs["x"] as TensorInfo) === 0 ? 0 : null);

const rules: Readonly<Record<string, Rule>> = {
  Reshape: moves,
  Transpose: moves,
  BroadcastTo: moves,
  Tile: moves,
  Slice: moves,
  SplitV: moves,
  Sum: stays,
  Mean: stays,
  Neg: stays,
  Cast: moves,
  Add: ({ a, b }, uniform) => {
    if (a === undefined || b === undefined) return null;
    if (uniform(a) === 0) return uniform(b) ?? b;
    return uniform(b) === 0 ? a : null;
  },
  Sub: ({ a, b }, uniform) => (a !== undefined && b !== undefined && uniform(b) === 0 ? (uniform(a) ?? a) : null),
  Multiply: ({ a, b }, uniform) => {
    if (a === undefined || b === undefined) return null;
    if (uniform(a) === 0 || uniform(b) === 0) return 0;
    if (uniform(a) === 1) return uniform(b) ?? b;
    return uniform(b) === 1 ? a : null;
  },
  RealDiv: ({ a, b }, uniform) => (a !== undefined && b !== undefined && uniform(b) === 1 ? (uniform(a) ?? a) : null),
  BatchMatMul: ({ a, b }, uniform) =>
    a !== undefined && b !== undefined && (uniform(a) === 0 || uniform(b) === 0) ? 0 : null,
};

/** The value that all of a kernel's results share, or the operand that is its result; null where it must be computed. */
export function uniformResult(
  kernelName: string,
  inputs: Record<string, TensorInfo | undefined>,
  uniform: Uniform,
): number | TensorInfo | null {
  return rules[kernelName]?.(inputs as Record<string, TensorInfo>, uniform) ?? null;
}
