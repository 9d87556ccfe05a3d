// What one comparison carries along: the options, and the rule that decided.
import type { Node } from "../read/nodes.js";
import type { ResolvedOptions } from "../options.js";

/** Why two answers were found equal. */
export type Rule =
  | "identical"
  | "text"
  | "exact"
  | "decimal"
  | "numeric"
  | "sampled"
  | "magnitude"
  | "relation"
  | "ratio"
  | "list"
  | "tuple"
  | "interval"
  | "region"
  | "matrix"
  | "family"
  | "solution set"
  | "letter";

export interface Comparison {
  readonly options: ResolvedOptions;
  /** What decided last. */
  rule: Rule;
  /** Whether the answers are equal. The gold is the first, and the relation is not symmetric. */
  equal(gold: Node, answer: Node): boolean;
}
