// Decides whether an answer equals the gold one. The order of the questions is Math-Verify's; gold comes first, and the
// relation is not symmetric.
import { exact } from "../evaluate/exact.js";
import { SET_ELEMENTS } from "../limits.js";
import { toNumber } from "../number/rational.js";
import type { ResolvedOptions } from "../options.js";
import {
  isSame,
  last,
  type Node,
  type Nodes,
  product,
  type Relation,
  substitute,
  symbol,
  tree,
  variables,
  withParts,
} from "../read/nodes.js";
import type { Comparison, Rule } from "./comparison.js";
import { equalFamilies, familyOf } from "./families.js";
import { elementsOf, equalElements, equalInOrder, expandPlusMinus } from "./lists.js";
import { matrixRows } from "./matrices.js";
import { equalRegions, isEmpty, regionOf, type Region, relationsRegion, union } from "./regions.js";
import { ends, equalRelations, isAssignment, isEquation } from "./relations.js";
import { equalText, lettersOf } from "./text.js";
import { equalValues, hasNoValue } from "./values.js";

/** What makes them equal; undefined where they are not. @throws LimitError */
export function compareAnswers(gold: Node, answer: Node, options: ResolvedOptions): Rule | undefined {
  const comparison: Comparison = {
    options,
    rule: "identical",
    equal: (left, right) => equalAnswers(left, right, comparison),
  };
  const fitting = options.caseSensitive ? withConstants(gold, answer) : answer;
  return equalAnswers(gold, fitting, comparison) ? comparison.rule : undefined;
}

/** With the gold's constants of integration in its case: + c is + C. */
function withConstants(gold: Node, answer: Node): Node {
  if (!/^(?:sum|relation)$/.test(gold.kind)) return answer;
  const [names, others] = [variables(gold), variables(answer)];
  if ([...names].some((name) => /^[aAbB]$/.test(name))) return answer;
  const constants = [...names].filter((name) => /^C(?:_\d)?$/.test(name) && !others.has(name));
  return constants.reduce((node, name) => {
    const small = name.toLowerCase();
    return names.has(small) ? node : substitute(node, small, symbol(name));
  }, answer);
}

/** Whether it says of two numbers that they are equal, such as 41 = 42; rounded ones may be. */
export function contradicts(node: Node): boolean {
  if (!isEquation(node)) return false;
  const [left, right] = [exact(node.parts[0]), exact(last(node))];
  return left && right ? Math.abs(1 - toNumber(left) / toNumber(right)) > 0.01 : false;
}

const isRegion = ({ kind }: Node): boolean =>
  /^(?:interval|union|intersection|difference|named-set|builder)$/.test(kind);
const isSetLike = (node: Node): boolean => isRegion(node) || /^(?:list|set|tuple)$/.test(node.kind);

/** x ∈ S says S. */
const membership = (node: Node): Node => (node.kind === "relation" && node.name === "∈" ? last(node) : node);

/** The end of a chain of equations that defines a name, with both values of ±. */
function settled(node: Node): Node {
  const expanded = expandPlusMinus(membership(node));
  return isAssignment(expanded) ? ends(expanded) : expanded;
}

/** What an equation says: 42 of x = 42, and of 42 = x. */
const sideOf = (equation: Relation): Node => {
  const [first, end] = [equation.parts[0], last(equation)];
  return end.kind === "symbol" && variables(first).size === 0 ? first : end;
};

function equalAnswers(wanted: Node, given: Node, comparison: Comparison): boolean {
  const inOrder = comparison.options.orderedLists && wanted.kind === "list";
  const isIdentical = (left: Node, right: Node): boolean => !inOrder && isSame(left, right);
  comparison.rule = "identical";
  if (isIdentical(wanted, given)) return !hasNoValue(wanted) || wanted.kind === "ratio";
  if (equalAsFamilies(wanted, given, comparison)) return true;

  let [gold, answer] = [settled(wanted), settled(given)];
  if (answer.kind === "list" && !isSetLike(gold) && gold.kind !== "relation" && answer.parts.length <= SET_ELEMENTS)
    return answer.parts.every((part) => comparison.equal(gold, part));
  if (isEquation(answer) && !isEquation(gold)) answer = sideOf(answer);
  else if (isAssignment(gold) && !isEquation(answer)) gold = last(gold);
  [gold, answer] = [membership(gold), membership(answer)];
  comparison.rule = "identical";
  if ((gold !== wanted || answer !== given) && isIdentical(gold, answer)) return !hasNoValue(gold);

  if (gold.kind === "relation" || answer.kind === "relation") {
    if (gold.kind !== "relation")
      return comparison.options.allowSetRelation && isSetLike(gold) && solves(answer as Relation, gold, comparison);
    if (answer.kind === "relation") return equalRelations(gold, answer, comparison);
    return isSetLike(answer) && solves(gold, answer, comparison);
  }
  if (isSetLike(gold) || isSetLike(answer)) return equalSets(gold, answer, comparison);
  const [left, right] = [matrixRows(gold), matrixRows(answer)];
  if (left || right) {
    const same =
      left?.length === right?.length &&
      left?.every((row, index) => equalInOrder(row, right?.[index] ?? [], comparison)) === true;
    comparison.rule = "matrix";
    return same;
  }
  return equalSingles(gold, answer, comparison);
}

/** Neither relations nor collections. */
function equalSingles(gold: Node, answer: Node, comparison: Comparison): boolean {
  const kinds = [gold.kind, answer.kind];
  const isLetters = kinds.includes("symbol") && kinds.every((kind) => kind === "symbol" || kind === "constant");
  if (isLetters && !comparison.options.strictVariables) return true;
  // One name may also be a product of letters that spell it.
  const isSpelled = lettersOf(gold) !== undefined && (gold.kind === "symbol") !== (answer.kind === "symbol");
  if (isLetters || isSpelled || kinds.includes("text")) {
    comparison.rule = "text";
    if (equalText(gold, answer, comparison.options.caseSensitive)) return true;
    if (isLetters || kinds.includes("text")) return false;
  }
  if (gold.kind === "ratio" && answer.kind === "ratio" && gold.parts.length > 2)
    return equalRatios(gold.parts, answer.parts, comparison);
  if (gold.kind === "cases" && answer.kind === "cases" && equalCases(gold.parts, answer.parts, comparison)) return true;
  return equalValues(gold, answer, comparison);
}

/** 1 : 2 : 3 is 2 : 4 : 6. */
function equalRatios(gold: Nodes, answer: Nodes, comparison: Comparison): boolean {
  const crossed = (parts: Nodes, other: Nodes): Node[] => parts.map((part) => product([part, other[0]]));
  const same = equalInOrder(crossed(gold, answer), crossed(answer, gold), comparison);
  comparison.rule = "ratio";
  return same;
}

/** Row by row; a condition that one side leaves out is no difference. */
const equalCases = (gold: Nodes, answer: Nodes, comparison: Comparison): boolean =>
  gold.length === answer.length &&
  gold.every(({ parts }, index) => {
    const other = answer[index]?.parts ?? [];
    const length = Math.min(parts.length, other.length);
    return equalInOrder(parts.slice(0, length), other.slice(0, length), comparison);
  });

function equalAsFamilies(gold: Node, answer: Node, comparison: Comparison): boolean {
  const own = familyOf(gold, false);
  const other = familyOf(answer, own !== undefined);
  const left = own ?? (other && familyOf(gold, true));
  comparison.rule = "family";
  return left !== undefined && other !== undefined && equalFamilies(left, other);
}

/** Whether a set is what a relation describes: −2 ≤ x ≤ 7 and [−2, 7]. */
function solves(relation: Relation, set: Node, comparison: Comparison): boolean {
  comparison.rule = "solution set";
  if (isEquation(relation)) return false;
  const subject = subjectOf(relation);
  const [name = "", ...others] = variables(subject);
  const isOpen = set.kind !== "builder" && set.parts.some(({ kind }) => kind === "relation");
  const region = isOpen ? (haveSameVariables(relation, set) ? alternatives(set) : undefined) : regionOf(set);
  const solution = relationsRegion([subject], name);
  return others.length === 0 && solution !== undefined && region !== undefined && equalRegions(solution, region);
}

/** The relation over one variable; 0 < f(x) < 1 is about f(x). */
function subjectOf(relation: Relation): Node {
  const applied = relation.parts.find(({ kind, name }) => kind === "call" && /^[A-Za-z](?:_.*)?'*$/.test(name));
  return withParts(
    relation,
    relation.parts.map((part) => (applied && isSame(part, applied) ? symbol("\u0000") : part)),
  );
}

/** x > 2 or x < -2 as a set; what holds together where it can, else what holds at all. */
function alternatives(node: Node): Region | undefined {
  if (node.kind !== "list" || !node.parts.every((part) => part.kind === "relation" && !isEquation(part)))
    return undefined;
  const [name, ...others] = variables(node);
  if (name === undefined || others.length > 0) return undefined;
  const both = relationsRegion(node.parts, name);
  return node.name === "or" || (both && isEmpty(both))
    ? union(node.parts.map((part) => relationsRegion([part], name)))
    : both;
}

const haveSameVariables = (gold: Node, answer: Node): boolean =>
  [...variables(gold)].join() === [...variables(answer)].join();

function equalSets(gold: Node, answer: Node, comparison: Comparison): boolean {
  // One says "and", the other "or".
  if (gold.kind === "list" && answer.kind === "list" && gold.name && answer.name && gold.name !== answer.name)
    return false;
  const described = alternatives(gold);
  const region =
    described && (regionOf(answer) ?? (haveSameVariables(gold, answer) ? alternatives(answer) : undefined));
  const solution = comparison.options.allowSetRelation && !described ? alternatives(answer) : undefined;
  const [left, right] = region ? [described, region] : [solution && regionOf(gold), solution];
  if (left && right) {
    comparison.rule = "solution set";
    return equalRegions(left, right);
  }
  if (gold.kind === "interval" && answer.kind === "interval") {
    const same = gold.name === answer.name && equalInOrder(gold.parts, answer.parts, comparison);
    comparison.rule = "interval";
    return same;
  }
  if (gold.kind === answer.kind && (gold.kind === "union" || gold.kind === "intersection")) {
    if (equalElements(tree("set", gold.parts), tree("set", answer.parts), comparison)) return true;
  }
  const arePairs = elementsOf(gold).length === 2 && elementsOf(answer).length === 2;
  const isList = (node: Node): boolean => !isRegion(node) || (arePairs && node.kind === "interval");
  if (isList(gold) && isList(answer) && equalElements(gold, answer, comparison)) return true;
  if (![gold, answer].some((node) => isRegion(node) || holdsRegion(node))) return false;
  const [own, other] = [regionOf(gold), regionOf(answer)];
  comparison.rule = "region";
  return own !== undefined && other !== undefined && equalRegions(own, other);
}

/** A list of intervals. */
const holdsRegion = ({ kind, parts }: Node): boolean =>
  (kind === "list" || kind === "set") && parts.some((part) => part.kind === "interval" || part.kind === "union");
