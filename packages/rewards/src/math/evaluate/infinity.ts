// Infinity as it is written.
import type { Node } from "../read/nodes.js";

/** ±∞ as written. */
export function infinite(node: Node): number | undefined {
  if (node.kind === "constant" && node.name === "infinity") return Infinity;
  if (node.kind === "sum" && node.terms.length === 1 && node.terms[0]) return infinite(node.terms[0]);
  if (node.kind === "product" && node.factors.length === 2) {
    const [first, second] = node.factors;
    const value = second && infinite(second);
    if (first?.kind === "number" && value !== undefined) return first.value.numerator < 0n ? -value : value;
  }
  return undefined;
}
