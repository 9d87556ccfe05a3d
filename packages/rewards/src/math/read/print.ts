// Writes what was read as LaTeX, in one form whatever it was written like.
import type { Rational } from "../number/rational.js";
import { isOne, MINUS_ONE, type Node } from "./nodes.js";

/** Characters after which a printed form is cut. */
const LONGEST = 400;

const rationalText = ({ numerator, denominator }: Rational): string => {
  if (denominator === 1n) return digits(numerator);
  const sign = numerator < 0n ? "-" : "";
  return `${sign}\\frac{${digits(numerator < 0n ? -numerator : numerator)}}{${digits(denominator)}}`;
};

/** In full, or the first and last digits of a very long one. */
function digits(value: bigint): string {
  const text = value.toString();
  return text.length <= 60 ? text : `${text.slice(0, 25)}…${text.slice(-25)}`;
}

const RELATIONS: Readonly<Record<string, string>> = {
  "≠": "\\neq",
  "≤": "\\leq",
  "≥": "\\geq",
  "≈": "\\approx",
  "∈": "\\in",
  "∉": "\\notin",
  "⊂": "\\subset",
  "≡": "\\equiv",
  "→": "\\to",
  "∥": "\\parallel",
  "⊥": "\\perp",
};
const COMMANDS = /^(?:sin|cos|tan|cot|sec|csc|arcsin|arccos|arctan|sinh|cosh|tanh|ln|log|exp|det|min|max|gcd|arg)$/;

/** A short name for a node that is part of another's name, such as a subscript. */
export const name = (node: Node): string => print(node).replaceAll(/[{}\\\s]/g, "");

/** LaTeX. Long forms are cut. */
export function print(node: Node): string {
  const text = write(node, 0, 0);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}

/** `strength`: 0 in a list, 1 in a sum, 2 in a product, 3 in a power. */
function write(node: Node, strength: number, depth: number): string {
  if (depth > 40) return "…";
  const inner = (child: Node, level = 0): string => write(child, level, depth + 1);
  const list = (nodes: readonly Node[]): string =>
    nodes
      .slice(0, 50)
      .map((child) => inner(child))
      .join(", ");
  const wrapped = (text: string, level: number): string => (strength > level ? `(${text})` : text);
  switch (node.kind) {
    case "number":
      return node.value.numerator < 0n || node.value.denominator !== 1n
        ? strength > 2 || (strength > 1 && node.value.numerator < 0n)
          ? `(${rationalText(node.value)})`
          : rationalText(node.value)
        : rationalText(node.value);
    case "symbol": {
      const [head = "", ...rest] = node.name.split("_");
      const letter = head.length > 1 && /^[a-z]+$/i.test(head) ? `\\${head}` : head;
      return rest.length === 0 ? letter : `${letter}_{${rest.join("_")}}`;
    }
    case "constant":
      return { pi: "\\pi", e: "e", i: "i", infinity: "\\infty" }[node.name];
    case "text":
      return `\\text{${node.text}}`;
    case "named-set":
      return node.name === "empty" ? "\\emptyset" : `\\mathbb{${node.name}}`;
    case "sum": {
      const terms = node.terms.map((term) => inner(term, 1));
      return wrapped(
        terms.map((term, index) => (index === 0 || term.startsWith("-") ? term : `+${term}`)).join(""),
        0.5,
      );
    }
    case "product":
      return wrapped(writeProduct(node.factors, inner), 1.5);
    case "power":
      if (node.exponent === MINUS_ONE) return `\\frac{1}{${inner(node.base)}}`;
      return wrapped(`${inner(node.base, 3)}^{${inner(node.exponent)}}`, 2.5);
    case "call":
      if (node.name === "sqrt") return `\\sqrt{${list(node.arguments)}}`;
      if (node.name === "root" && node.arguments[1] && node.arguments[0]) {
        return `\\sqrt[${inner(node.arguments[1])}]{${inner(node.arguments[0])}}`;
      }
      if (node.name === "base" && node.arguments[1] && node.arguments[0]) {
        return `${inner(node.arguments[0], 3)}_{${inner(node.arguments[1])}}`;
      }
      if (node.name === "factorial" && node.arguments[0]) return `${inner(node.arguments[0], 3)}!`;
      if (node.name === "abs") return `|${list(node.arguments)}|`;
      return `${COMMANDS.test(node.name) ? "\\" : ""}${node.name}(${list(node.arguments)})`;
    case "percent":
      return `${inner(node.value, 3)}\\%`;
    case "plus-minus":
      return `${node.inverted ? "\\mp" : "\\pm"} ${inner(node.value, 2)}`;
    case "big": {
      const sign = { sum: "\\sum", product: "\\prod", integral: "\\int", limit: "\\lim" }[node.operator];
      const from = node.from ? inner(node.from) : "";
      const to = node.to ? inner(node.to) : "";
      if (node.operator === "integral") return `${sign}_{${from}}^{${to}} ${inner(node.body, 2)}\\,d${node.variable}`;
      if (node.operator === "limit") return `${sign}_{${node.variable}\\to ${to}} ${inner(node.body, 2)}`;
      return `${sign}_{${node.variable}=${from}}^{${to}} ${inner(node.body, 2)}`;
    }
    case "ratio":
      return node.parts.map((part) => inner(part, 1)).join(":");
    case "list":
      return list(node.elements);
    case "set":
      return `\\{${list(node.elements)}\\}`;
    case "tuple":
      return `(${list(node.elements)})`;
    case "interval":
      return `${node.openFrom ? "(" : "["}${inner(node.from)}, ${inner(node.to)}${node.openTo ? ")" : "]"}`;
    case "relation":
      return node.operands
        .map((operand, index) => {
          const operator = node.operators[index];
          return operator === undefined ? inner(operand) : `${inner(operand)} ${RELATIONS[operator] ?? operator} `;
        })
        .join("");
    case "union":
    case "intersection":
    case "difference":
      return node.operands
        .map((operand) => inner(operand))
        .join({ union: " \\cup ", intersection: " \\cap ", difference: " \\setminus " }[node.kind]);
    case "matrix":
      return `\\begin{pmatrix}${node.rows.map((row) => row.map((cell) => inner(cell)).join(" & ")).join(" \\\\ ")}\\end{pmatrix}`;
    case "builder":
      return `\\{${inner(node.element)} \\mid ${list(node.conditions)}\\}`;
    case "cases":
      return `\\begin{cases}${node.rows
        .map(({ value, condition }) => inner(value) + (condition ? ` & ${inner(condition)}` : ""))
        .join(" \\\\ ")}\\end{cases}`;
  }
}

/** Side by side; with a sign where two digits would meet. */
const spaced = (factors: readonly string[]): string =>
  factors.reduce((text, factor) => `${text}${/\d$/.test(text) && /^\d/.test(factor) ? " \\cdot " : " "}${factor}`);

function writeProduct(factors: readonly Node[], inner: (node: Node, level?: number) => string): string {
  const below: Node[] = [];
  const above: Node[] = [];
  let sign = "";
  for (const factor of factors) {
    if (
      factor === MINUS_ONE ||
      (factor.kind === "number" && factor.value.numerator === -1n && factor.value.denominator === 1n)
    ) {
      sign = sign === "" ? "-" : "";
    } else if (factor.kind === "power" && factor.exponent === MINUS_ONE) below.push(factor.base);
    else if (!isOne(factor)) above.push(factor);
  }
  const joined = (nodes: readonly Node[]): string => {
    const [only] = nodes;
    if (nodes.length === 1 && only) return inner(only);
    return spaced(nodes.map((node) => inner(node, 2)));
  };
  if (below.length > 0) return `${sign}\\frac{${above.length === 0 ? "1" : joined(above)}}{${joined(below)}}`;
  if (above.length === 0) return `${sign}1`;
  return sign + spaced(above.map((node) => inner(node, 2)));
}
