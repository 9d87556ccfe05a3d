// Words as answers: \text{Even}, E, and letters that were read as a product.
import type { Node } from "../read/nodes.js";

const isLetter = ({ kind }: Node): boolean => kind === "symbol" || kind === "constant";

/** The letters of a text, a name, or a product of names; undefined for anything else. */
export function lettersOf(node: Node): string | undefined {
  if (node.kind === "text" || isLetter(node)) return node.name;
  return node.kind === "product" && node.parts.every((part) => isLetter(part) && part.name.length === 1)
    ? node.parts.map(({ name }) => name).join("")
    : undefined;
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
