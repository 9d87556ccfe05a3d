// Words as answers: \text{Even}, E, and letters that were read as a product.
import type { Node } from "../read/nodes.js";

/** The letters of a text, a name, or a product of names; undefined for anything else. */
export function lettersOf(node: Node): string | undefined {
  switch (node.kind) {
    case "text":
      return node.text;
    case "symbol":
    case "constant":
      return node.name;
    case "product": {
      let letters = "";
      for (const factor of node.factors) {
        if (factor.kind !== "symbol" && factor.kind !== "constant") return undefined;
        if (factor.name.length > 1) return undefined;
        letters += factor.name;
      }
      return letters;
    }
    default:
      return undefined;
  }
}

const plain = (text: string): string => text.replaceAll(/[\s.,;:!?"()*_{}\\-]+/g, "");

/** Equal words: case counts for single letters only, and there only where it is asked for. */
export function equalText(gold: Node, answer: Node, caseSensitive: boolean): boolean {
  const [left, right] = [lettersOf(gold), lettersOf(answer)];
  if (left === undefined || right === undefined) return false;
  const [a, b] = [plain(left), plain(right)];
  if (a === "" || b === "") return left.trim() === right.trim();
  return a.length === 1 && caseSensitive ? a === b : a.toLowerCase() === b.toLowerCase();
}
