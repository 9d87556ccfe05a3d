// Lists, sets and tuples against each other.
import { sampled } from "../evaluate/evaluation.js";
import { evaluate } from "../evaluate/numeric.js";
import { LimitError, SET_ELEMENTS } from "../limits.js";
import { isName } from "../read/lists.js";
import {
  key,
  last,
  mapParts,
  negated,
  type Node,
  type Relation,
  some,
  tree,
  variables,
  withParts,
} from "../read/nodes.js";
import type { Comparison } from "./comparison.js";

/** The elements of a list, set, tuple or open interval; another node is its own element. */
export const elementsOf = (node: Node): readonly Node[] =>
  /^(?:list|set|tuple)$/.test(node.kind) || isOpen(node) ? node.parts : [node];

const isOpen = ({ kind, name }: Node): boolean => kind === "interval" && name === "()";

/** The relation with another last side. */
const withLast = (relation: Relation, side: Node): Node => withParts(relation, [...relation.parts.slice(0, -1), side]);

/** a ± b is two values, a + b and a − b. */
export function expandPlusMinus(node: Node): Node {
  switch (node.kind) {
    case "list":
    case "set":
      return withParts(node, node.parts.flatMap(branches));
    case "relation": {
      const values = branches(last(node));
      return values.length < 2 ? node : withLast(node, tree("set", values));
    }
    case "matrix":
    case "cases":
    case "builder":
      return node;
    default: {
      const values = branches(node);
      return values.length < 2 ? node : tree("list", values);
    }
  }
}

function branches(node: Node): readonly Node[] {
  if (node.kind === "relation") return branches(last(node)).map((side) => withLast(node, side));
  return some(node, ({ kind }) => kind === "plus-minus") ? [signed(node, "∓"), signed(node, "±")] : [node];
}

/** The value where the given sign means minus. */
function signed(node: Node, minus: string): Node {
  const own = mapParts(node, (part) => signed(part, minus));
  if (own.kind !== "plus-minus") return own;
  return own.name === minus ? negated(own.parts[0]) : own.parts[0];
}

/** The elements without repeats; what has places keeps them. */
const distinct = (nodes: readonly Node[], { kind }: Node): readonly Node[] =>
  kind === "tuple" || kind === "interval" || nodes.length < 2
    ? nodes
    : [...new Map(nodes.toReversed().map((node) => [key(node), node])).values()];

/** Gold tuples want their order, of sets and lists it does not count. */
export function equalElements(gold: Node, answer: Node, comparison: Comparison): boolean {
  const given = elementsOf(answer);
  const wanted = inTuples(elementsOf(gold), answer);
  const ordered = gold.kind === "tuple" || isOpen(gold) || (gold.kind === "list" && comparison.options.orderedLists);
  if (!ordered && !isLabelled(wanted, given, comparison))
    return equalUnordered(distinct(wanted, gold), distinct(given, answer), comparison);
  comparison.rule = "tuple";
  return equalInOrder(wanted, given, comparison);
}

/** Whether as many are equal one by one. */
export const equalInOrder = (gold: readonly Node[], answer: readonly Node[], comparison: Comparison): boolean =>
  gold.length === answer.length &&
  gold.every((element, index) => {
    const other = answer[index];
    return other !== undefined && comparison.equal(element, other);
  });

/** p = 5, q = 2; p = 7, q = 2 against (5, 2), (7, 2): the names in tuples of that size. */
function inTuples(wanted: readonly Node[], answer: Node): readonly Node[] {
  const tuples = answer.kind === "list" || answer.kind === "set" ? answer.parts : [];
  const size = tuples[0]?.parts.length ?? 0;
  const fits =
    size > 1 &&
    wanted.length === size * tuples.length &&
    tuples.every(({ kind }) => kind === "tuple") &&
    wanted.every(({ kind }) => kind === "relation");
  return fits ? tuples.map((_, index) => tree("tuple", wanted.slice(index * size, (index + 1) * size))) : wanted;
}

/** x = 2, y = 3 gives the order of an answer without names. */
function isLabelled(gold: readonly Node[], answer: readonly Node[], { options }: Comparison): boolean {
  if (options.preset === "mathverify" || options.preset === "trl" || gold.length < 2) return false;
  const names = gold.map((node) => (node.kind === "relation" && isName(node.parts[0]) ? key(node.parts[0]) : ""));
  return !names.includes("") && distinctCount(names) === gold.length && answer.every(({ kind }) => kind !== "relation");
}

const distinctCount = (names: readonly string[]): number => new Set(names).size;

/** A number that equal elements share, where one is to be had; it spares most comparisons. */
function fingerprint(node: Node): number | undefined {
  const value = node.kind === "relation" ? last(node) : node;
  const result = evaluate(value, sampled(variables(value), 0));
  return result?.im === 0 ? result.re : undefined;
}

function equalUnordered(gold: readonly Node[], answer: readonly Node[], comparison: Comparison): boolean {
  if (gold.length !== answer.length) return false;
  comparison.rule = "list";
  if (gold.length > SET_ELEMENTS) {
    if (gold.map(key).toSorted().join() === answer.map(key).toSorted().join()) return true;
    throw new LimitError("the list is too long");
  }
  const free = answer.map((node) => ({ node, print: fingerprint(node) }));
  for (const element of gold) {
    const print = fingerprint(element);
    const found = free.findIndex(
      (other) =>
        // A set in a set is no element of it.
        (element.kind === "set") === (other.node.kind === "set") &&
        isNear(print, other.print, comparison) &&
        comparison.equal(element, other.node),
    );
    if (found < 0) return false;
    free.splice(found, 1);
  }
  comparison.rule = "list";
  return true;
}

/** Whether two values are close enough to be worth a comparison. */
function isNear(a: number | undefined, b: number | undefined, { options }: Comparison): boolean {
  if (a === undefined || b === undefined || !options.strictVariables) return true;
  if (options.percent === "lenient" || options.decimals === "from-gold") return true;
  const slack =
    options.decimals === "relative"
      ? Math.max(1e-6, options.tolerance) * 2 * Math.max(Math.abs(a), Math.abs(b))
      : 2 * 10 ** -Math.min(options.decimalPlaces, 6) + 1e-6 * Math.abs(a);
  return Math.abs(a - b) <= slack + 1e-9;
}
