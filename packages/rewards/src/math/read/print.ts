// Writes what was read as LaTeX, in one form whatever it was written like.
import { absolute, isInteger, isOne, type Rational } from "../number/rational.js";
import { isMinusOne, type Node } from "./nodes.js";
import { commandOf } from "./vocabulary.js";

/** Characters after which a printed form is cut. */
const LONGEST = 400;

function rationalText(value: Rational): string {
  if (isInteger(value)) return `${value.numerator}`;
  const { numerator, denominator } = absolute(value);
  return `${value.numerator < 0n ? "-" : ""}\\frac{${numerator}}{${denominator}}`;
}

const COMMANDS = /^(?:(?:arc)?(?:sin|cos|tan)h?|cot|sec|csc|ln|log|exp|det|min|max|gcd|arg)$/;
const CONSTANTS: Readonly<Record<string, string>> = { pi: "\\pi", infinity: "\\infty", empty: "\\emptyset" };
/** What stands before, between and after the parts, and how strongly they must hold together: 0 in a list, 3 in a power. */
const AROUND: ReadonlyMap<string, readonly [before: string, between: string, after: string, strength?: number]> =
  new Map(
    Object.entries({
      sum: ["", "+", "", 1],
      ratio: ["", ":", "", 1],
      percent: ["", "", "\\%", 3],
      list: ["", ", ", ""],
      set: ["\\{", ", ", "\\}"],
      tuple: ["(", ", ", ")"],
      union: ["", " \\cup ", ""],
      intersection: ["", " \\cap ", ""],
      difference: ["", " \\setminus ", ""],
      row: ["", " & ", ""],
      matrix: ["\\begin{pmatrix}", " \\\\ ", "\\end{pmatrix}"],
      cases: ["\\begin{cases}", " \\\\ ", "\\end{cases}"],
      abs: ["|", ", ", "|"],
      factorial: ["", "", "!", 3],
    } as const),
  );

/** A short name for a node that is part of another's name, such as a subscript. */
export const name = (node: Node): string => print(node).replaceAll(/[{}\\\s]/g, "");

/** LaTeX. Long forms are cut. */
export function print(node: Node): string {
  const text = write(node, 0);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}

/** How strongly it holds together beside others: a sum hardly, a product more, a power most. */
const STRENGTHS: Readonly<Record<string, number>> = { sum: 0.5, product: 1.5, power: 2.5 };

function write(node: Node, strength: number): string {
  const text = unwrapped(node, (part, level = 0) => write(part, level));
  const own =
    node.kind === "number" ? (node.value.numerator < 0n ? 1.5 : isInteger(node.value) ? 3 : 2.5) : STRENGTHS[node.kind];
  return own !== undefined && own < strength ? `(${text})` : text;
}

type Write = (node: Node, level?: number) => string;

function unwrapped(node: Node, inner: Write): string {
  const { kind, parts } = node;
  const [before, between, after, strength] = AROUND.get(kind === "call" ? node.name : kind) ?? [];
  const written = (nodes: readonly Node[]): string[] => nodes.map((part) => inner(part, strength));
  if (before !== undefined) {
    const joined = written(parts).join(between);
    return before + (kind === "sum" ? joined.replaceAll("+-", "-") : joined) + (after ?? "");
  }
  switch (node.kind) {
    case "number":
      return rationalText(node.value);
    case "symbol": {
      const [head = "", ...rest] = node.name.split("_");
      const letter = head.length > 1 && /^[a-z]+$/i.test(head) ? `\\${head}` : head;
      return rest.length === 0 ? letter : `${letter}_{${rest.join("_")}}`;
    }
    case "text":
      return `\\text{${node.name}}`;
    case "constant":
      return CONSTANTS[node.name] ?? node.name;
    case "named-set":
      return CONSTANTS[node.name] ?? `\\mathbb{${node.name}}`;
    case "product":
      return writeProduct(node.parts, inner);
    case "power":
      return writePower(...node.parts, inner);
    case "call":
      if (node.name === "base") return `${inner(node.parts[0], 3)}_{${written(node.parts.slice(1)).join(", ")}}`;
      if (node.name === "pmod")
        return `${written(node.parts[0].parts.slice(0, 1)).join("")} \\pmod{${written(parts.slice(1)).join("")}}`;
      return `${COMMANDS.test(node.name) ? "\\" : ""}${node.name}(${written(parts).join(", ")})`;
    case "plus-minus":
      return `${node.name === "±" ? "\\pm" : "\\mp"} ${inner(node.parts[0], 2)}`;
    case "big": {
      const [body, from, to] = node.parts.map((part, index) => inner(part, index === 0 ? 2 : 0));
      if (node.name === "lim") return `\\lim_{${node.variable}\\to ${to ?? ""}} ${body ?? ""}`;
      const [lower, end] = node.name === "int" ? ["", `\\,d${node.variable}`] : [`${node.variable}=`, ""];
      return `\\${node.name}_{${lower}${from ?? ""}}^{${to ?? ""}} ${body ?? ""}${end}`;
    }
    case "interval":
      return `${node.name[0] ?? ""}${written(parts).join(", ")}${node.name[1] ?? ""}`;
    case "relation":
      return written(parts)
        .flatMap((side, index) => [commandOf(node.name[index - 1] ?? ""), side])
        .slice(1)
        .join(" ");
    case "builder":
      return `\\{${inner(node.parts[0])} \\mid ${written(node.parts.slice(1)).join(", ")}\\}`;
    default:
      return "";
  }
}

function writePower(base: Node, exponent: Node, inner: Write): string {
  const isRoot = exponent.kind === "power" && isMinusOne(exponent.parts[1]);
  if (isRoot) return `\\sqrt[${inner(exponent.parts[0])}]{${inner(base)}}`;
  if (isMinusOne(exponent)) return `\\frac{1}{${inner(base)}}`;
  if (exponent.kind === "number" && exponent.value.denominator === 2n && exponent.value.numerator === 1n)
    return `\\sqrt{${inner(base)}}`;
  return `${inner(base, 3)}^{${inner(exponent)}}`;
}

/** Side by side; with a sign where two digits would meet. */
const spaced = (factors: readonly string[]): string =>
  factors.reduce((text, factor) => `${text}${/\d$/.test(text) && /^\d/.test(factor) ? " \\cdot " : " "}${factor}`);

function writeProduct(factors: readonly Node[], inner: Write): string {
  const below: Node[] = [];
  const above: Node[] = [];
  let sign = "";
  for (const factor of factors) {
    if (isMinusOne(factor)) sign = sign === "" ? "-" : "";
    else if (factor.kind === "power" && isMinusOne(factor.parts[1])) below.push(factor.parts[0]);
    else if (factor.kind !== "number" || !isOne(factor.value)) above.push(factor);
  }
  const joined = (nodes: readonly Node[]): string => {
    const [only] = nodes;
    if (only === undefined) return "1";
    return nodes.length === 1 && below.length > 0 ? inner(only) : spaced(nodes.map((node) => inner(node, 2)));
  };
  return sign + (below.length > 0 ? `\\frac{${joined(above)}}{${joined(below)}}` : joined(above));
}
