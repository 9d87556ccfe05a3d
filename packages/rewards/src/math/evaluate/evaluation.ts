// What one evaluation carries along.
import { EVALUATION_STEPS } from "../limits.js";
import type { Complex } from "../number/complex.js";
import type { Node } from "../read/nodes.js";

/** Values of variables, a budget, and which root of a negative number is meant. */
export interface Evaluation {
  readonly values: Map<string, Complex>;
  /** Operations left. */
  steps: number;
  /** Odd roots of negative numbers are negative; else they are the principal complex ones. */
  readonly realRoots: boolean;
}

export const evaluation = (values: Map<string, Complex> = new Map(), realRoots = true): Evaluation => ({
  values,
  steps: EVALUATION_STEPS,
  realRoots,
});

/** Gives a node its value. */
export type Evaluate = (node: Node, run: Evaluation) => Complex | undefined;
