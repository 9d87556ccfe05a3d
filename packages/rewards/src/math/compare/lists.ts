// Lists, sets and tuples against each other.
import { evaluation } from "../evaluate/evaluation.js";
import { evaluate, pseudoRandom } from "../evaluate/numeric.js";
import { LimitError, SET_ELEMENTS } from "../limits.js";
import { exactly } from "../number/complex.js";
import { isName } from "../read/lists.js";
import { key, type Node, variables } from "../read/nodes.js";
import type { Comparison } from "./comparison.js";

/** The elements of a list, set or tuple, and whether their order says something. */
export function elementsOf(node: Node): { readonly elements: readonly Node[]; readonly ordered: boolean } {
  if (node.kind === "list" || node.kind === "set") return { elements: node.elements, ordered: false };
  if (node.kind === "tuple") return { elements: node.elements, ordered: true };
  if (node.kind === "interval" && node.openFrom && node.openTo)
    return { elements: [node.from, node.to], ordered: true };
  return { elements: [node], ordered: false };
}

/** a ± b is two values, a + b and a − b. */
export function expandPlusMinus(node: Node): Node {
  if (node.kind === "list" || node.kind === "set") {
    const elements = node.elements.flatMap((element) => branches(element));
    return elements.length === node.elements.length ? node : { ...node, elements };
  }
  if (node.kind === "relation" || node.kind === "matrix" || node.kind === "cases" || node.kind === "builder") {
    const last = node.kind === "relation" ? node.operands.at(-1) : undefined;
    if (node.kind !== "relation" || last === undefined) return node;
    const values = branches(last);
    if (values.length < 2) return node;
    const set: Node = { kind: "set", elements: values };
    return { ...node, operands: [...node.operands.slice(0, -1), set] };
  }
  const values = branches(node);
  return values.length < 2 ? node : { kind: "list", elements: values };
}

function branches(node: Node): Node[] {
  if (node.kind === "relation") {
    const last = node.operands.at(-1);
    const values = last ? branches(last) : [];
    return values.length < 2
      ? [node]
      : values.map((value) => ({ ...node, operands: [...node.operands.slice(0, -1), value] }));
  }
  if (!hasPlusMinus(node)) return [node];
  return [signed(node, 1), signed(node, -1)];
}

function hasPlusMinus(node: Node): boolean {
  if (node.kind === "plus-minus") return true;
  if (node.kind === "sum") return node.terms.some(hasPlusMinus);
  if (node.kind === "product") return node.factors.some(hasPlusMinus);
  if (node.kind === "power") return hasPlusMinus(node.base) || hasPlusMinus(node.exponent);
  if (node.kind === "call" || node.kind === "tuple") {
    return (node.kind === "call" ? node.arguments : node.elements).some(hasPlusMinus);
  }
  return false;
}

function signed(node: Node, sign: 1 | -1): Node {
  const change = (child: Node): Node => signed(child, sign);
  switch (node.kind) {
    case "plus-minus": {
      const value = change(node.value);
      return sign > 0 === node.inverted
        ? {
            kind: "product",
            factors: [{ kind: "number", value: { numerator: -1n, denominator: 1n }, decimal: false }, value],
          }
        : value;
    }
    case "sum":
      return { ...node, terms: node.terms.map(change) };
    case "product":
      return { ...node, factors: node.factors.map(change) };
    case "power":
      return { ...node, base: change(node.base), exponent: change(node.exponent) };
    case "call":
      return { ...node, arguments: node.arguments.map(change) };
    case "tuple":
      return { ...node, elements: node.elements.map(change) };
    default:
      return node;
  }
}

function distinct(nodes: readonly Node[]): readonly Node[] {
  const seen = new Set<string>();
  return nodes.filter((node) => {
    const own = key(node);
    return !seen.has(own) && seen.add(own);
  });
}

/** Gold tuples want their order, of sets and lists it does not count. */
export function equalElements(gold: Node, answer: Node, comparison: Comparison): boolean {
  const [wanted, given] = [inTuples(elementsOf(gold), answer), elementsOf(answer)];
  const labels = labelled(wanted.elements, given.elements, comparison);
  const ordered = wanted.ordered || (gold.kind === "list" && comparison.options.orderedLists) || labels;
  if (ordered) {
    comparison.rule = "tuple";
    return (
      wanted.elements.length === given.elements.length &&
      wanted.elements.every((element, index) => {
        const other = given.elements[index];
        return other !== undefined && comparison.equal(element, other);
      })
    );
  }
  return equalUnordered(distinct(wanted.elements), distinct(given.elements), comparison);
}

/** p = 5, q = 2; p = 7, q = 2 against (5, 2), (7, 2): the names in tuples of that size. */
function inTuples(wanted: ReturnType<typeof elementsOf>, answer: Node): ReturnType<typeof elementsOf> {
  const tuples = answer.kind === "list" || answer.kind === "set" ? answer.elements : [];
  const [first] = tuples;
  const size = first?.kind === "tuple" ? first.elements.length : 0;
  if (size < 2 || tuples.some((part) => part.kind !== "tuple") || wanted.elements.length !== size * tuples.length)
    return wanted;
  if (wanted.elements.some((part) => part.kind !== "relation")) return wanted;
  const elements = tuples.map((_, index): Node => ({
    kind: "tuple",
    elements: wanted.elements.slice(index * size, (index + 1) * size),
  }));
  return { elements, ordered: false };
}

/** x = 2, y = 3 gives the order of an answer without names. */
function labelled(gold: readonly Node[], answer: readonly Node[], { options }: Comparison): boolean {
  if (options.preset === "mathverify" || options.preset === "trl" || gold.length < 2) return false;
  const names = gold.map((node) =>
    node.kind === "relation" && node.operands[0] && isName(node.operands[0]) ? key(node.operands[0]) : undefined,
  );
  return (
    !names.includes(undefined) &&
    new Set(names).size === names.length &&
    answer.every(({ kind }) => kind !== "relation")
  );
}

/** A number that equal elements share, where one is to be had; it spares most comparisons. */
function fingerprint(node: Node): number | undefined {
  const value = node.kind === "relation" ? node.operands.at(-1) : node;
  if (value === undefined) return undefined;
  const run = evaluation(new Map([...variables(value)].map((name) => [name, exactly(pseudoRandom(`0:${name}`))])));
  const result = evaluate(value, run);
  return result === undefined || result.im !== 0 ? undefined : result.re;
}

function equalUnordered(gold: readonly Node[], answer: readonly Node[], comparison: Comparison): boolean {
  if (gold.length !== answer.length) return false;
  if (gold.length > SET_ELEMENTS) {
    const [left, right] = [gold.map(key).toSorted(), answer.map(key).toSorted()];
    comparison.rule = "list";
    if (left.every((own, index) => own === right[index])) return true;
    throw new LimitError("the list is too long");
  }
  const renamed = !comparison.options.strictVariables;
  const prints = answer.map(fingerprint);
  const free = new Set(answer.keys());
  for (const element of gold) {
    const print = fingerprint(element);
    let found: number | undefined;
    for (const index of free) {
      const [other, otherPrint] = [answer[index], prints[index]];
      const apart = print !== undefined && otherPrint !== undefined && !renamed && !near(print, otherPrint, comparison);
      if (other !== undefined && !apart && comparison.equal(element, other)) {
        found = index;
        break;
      }
    }
    if (found === undefined) return false;
    free.delete(found);
  }
  comparison.rule = "list";
  return true;
}

/** Whether two values are close enough to be worth a comparison. */
function near(a: number, b: number, { options }: Comparison): boolean {
  if (options.percent === "lenient") return true;
  const slack =
    options.decimals === "relative"
      ? Math.max(1e-6, options.tolerance) * 2 * Math.max(Math.abs(a), Math.abs(b))
      : 2 * 10 ** -Math.min(options.decimalPlaces, 6) + 1e-6 * Math.abs(a);
  return options.decimals === "from-gold" || Math.abs(a - b) <= slack + 1e-9;
}
