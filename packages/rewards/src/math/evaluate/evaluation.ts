// What one evaluation carries along.
import { EVALUATION_STEPS } from "../limits.js";
import { type Complex, exactly } from "../number/complex.js";
import type { Node } from "../read/nodes.js";

/** Values of variables, a budget, and which root of a negative number is meant. */
export interface Evaluation {
  readonly values: Map<string, Complex>;
  /** Operations left. */
  steps: number;
  /** Odd roots of negative numbers are negative; else they are the principal complex ones. */
  readonly realRoots: boolean;
  /** Whether an odd root of a negative number was met, so that it matters. */
  metRoot: boolean;
}

export const evaluation = (realRoots = true): Evaluation => ({
  values: new Map(),
  steps: EVALUATION_STEPS,
  realRoots,
  metRoot: false,
});

/** An evaluation in which variables have random values, others at each point. */
export function sampled(names: Iterable<string>, point: number): Evaluation {
  const run = evaluation();
  for (const name of names) run.values.set(name, exactly(pseudoRandom(`${point}:${name}`)));
  return run;
}

/** An evaluation in which one variable has a value. */
export function evaluationAt(name: string, value: number): Evaluation {
  const run = evaluation();
  run.values.set(name, exactly(value));
  return run;
}

/** What an attempt yields with real odd roots, or else, where there are any, with complex ones. */
export function withEitherRoot<T>(attempt: (run: Evaluation) => T | undefined): T | undefined {
  const run = evaluation();
  return attempt(run) ?? (run.metRoot ? attempt(evaluation(false)) : undefined);
}

/** Gives a node its value. */
export type Evaluate = (node: Node, run: Evaluation) => Complex | undefined;

/** ±∞ as it is written. */
export function infinite(node: Node): number | undefined {
  if (node.kind === "constant" && node.name === "infinity") return Infinity;
  const [sign, far] = node.kind === "product" ? node.parts : [];
  const value = far && node.parts.length === 2 ? infinite(far) : undefined;
  return value !== undefined && sign?.kind === "number" ? value * (sign.value.numerator < 0n ? -1 : 1) : undefined;
}

/** A number in ±[0.5, 2.5] that a text decides (FNV-1a). */
export function pseudoRandom(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01_00_01_93);
  }
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c_1b_3c_6d);
  hash ^= hash >>> 12;
  const size = 0.5 + (hash >>> 1) / 0x4000_0000;
  return (hash & 1) === 0 ? size : -size;
}
