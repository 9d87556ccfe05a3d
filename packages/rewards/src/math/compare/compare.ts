// Decides whether an answer equals the gold one. The order of the questions is Math-Verify's; gold comes first, and the
// relation is not symmetric.
import type { ResolvedOptions } from "../options.js";
import { key, type Node, variables } from "../read/nodes.js";
import type { Comparison, Rule } from "./comparison.js";
import { equalFamilies, familyOf } from "./families.js";
import { elementsOf, equalElements, expandPlusMinus } from "./lists.js";
import { matrixRows } from "./matrices.js";
import { equalRegions, isEmpty, regionOf, type Region, relationsRegion, union } from "./regions.js";
import { ends, equalRelations, isAssignment, isEquation } from "./relations.js";
import { equalText, lettersOf } from "./text.js";
import { equalValues, hasNoValue } from "./values.js";

/** Whether they are equal, and what decided it. @throws LimitError */
export function compareAnswers(
  gold: Node,
  answer: Node,
  options: ResolvedOptions,
): { readonly equal: boolean; readonly rule: Rule } {
  const comparison: Comparison = {
    options,
    rule: "identical",
    equal: (left, right) => equalAnswers(left, right, comparison),
  };
  return { equal: equalAnswers(gold, answer, comparison), rule: comparison.rule };
}

const isCollection = ({ kind }: Node): boolean => kind === "list" || kind === "set" || kind === "tuple";
const isSetLike = (node: Node): boolean =>
  isCollection(node) || ["interval", "union", "intersection", "difference", "named-set", "builder"].includes(node.kind);

/** x ∈ S says S. */
function membership(node: Node): Node {
  if (node.kind !== "relation" || node.operators.join() !== "∈") return node;
  return node.operands[1] ?? node;
}

function equalAnswers(wanted: Node, given: Node, comparison: Comparison): boolean {
  const inOrder = comparison.options.orderedLists && wanted.kind === "list";
  if (key(wanted) === key(given) && !inOrder) {
    comparison.rule = "identical";
    return !hasNoValue(wanted) || wanted.kind === "ratio";
  }
  const families = equalAsFamilies(wanted, given, comparison);
  if (families !== undefined) return families;

  let gold = expandPlusMinus(membership(wanted));
  let answer = expandPlusMinus(membership(given));
  if (isAssignment(gold)) gold = ends(gold);
  if (isAssignment(answer)) answer = ends(answer);
  if (isEquation(answer) && !isEquation(gold)) {
    if (gold.kind === "list" && gold.elements.some(isEquation) && answer.operands.at(-1)?.kind === "set") {
      // n = 1, 2 against n = 1 and n = 2.
      answer = answer.operands.at(-1) ?? answer;
    } else answer = answer.operands.at(-1) ?? answer;
  } else if (isAssignment(gold) && !isEquation(answer)) gold = gold.operands.at(-1) ?? gold;
  gold = membership(gold);
  answer = membership(answer);
  if (key(gold) === key(answer) && !inOrder) {
    comparison.rule = "identical";
    return !hasNoValue(gold);
  }

  if (gold.kind === "relation" && answer.kind === "relation") return equalRelations(gold, answer, comparison);
  if (gold.kind === "relation" && isSetLike(answer)) return solves(gold, answer, comparison);
  if (answer.kind === "relation" && isSetLike(gold)) {
    return comparison.options.allowSetRelation && solves(answer, gold, comparison);
  }
  if (gold.kind === "relation" || answer.kind === "relation") return false;

  if (isSetLike(gold) || isSetLike(answer)) return equalSets(gold, answer, comparison);
  const [left, right] = [matrixRows(gold), matrixRows(answer)];
  if (left || right) return left !== undefined && right !== undefined && equalRows(left, right, comparison);
  if (gold.kind === "text" || answer.kind === "text") return equalWords(gold, answer, comparison);
  const isLetter = ({ kind }: Node): boolean => kind === "symbol" || kind === "constant";
  if (isLetter(gold) && isLetter(answer) && (gold.kind === "symbol" || answer.kind === "symbol")) {
    return comparison.options.strictVariables ? equalWords(gold, answer, comparison) : true;
  }
  if (gold.kind === "ratio" && answer.kind === "ratio" && gold.parts.length > 2)
    return equalRatios(gold, answer, comparison);
  if (gold.kind === "cases" || answer.kind === "cases") return equalCases(gold, answer, comparison);
  if (lettersOf(gold) !== undefined && equalConcatenated(gold, answer, comparison)) return true;
  return equalValues(gold, answer, comparison);
}

function equalWords(gold: Node, answer: Node, comparison: Comparison): boolean {
  comparison.rule = "text";
  return equalText(gold, answer, comparison.options.caseSensitive);
}

/** One name against a product of letters that spell it. */
function equalConcatenated(gold: Node, answer: Node, comparison: Comparison): boolean {
  return (gold.kind === "symbol") !== (answer.kind === "symbol") && equalWords(gold, answer, comparison);
}

function equalRows(
  gold: readonly (readonly Node[])[],
  answer: readonly (readonly Node[])[],
  comparison: Comparison,
): boolean {
  if (gold.length !== answer.length || gold[0]?.length !== answer[0]?.length) return false;
  const same = gold.every((row, y) =>
    row.every((cell, x) => {
      const other = answer[y]?.[x];
      return other !== undefined && comparison.equal(cell, other);
    }),
  );
  comparison.rule = "matrix";
  return same;
}

/** 1 : 2 : 3 is 2 : 4 : 6. */
function equalRatios(
  gold: Node & { kind: "ratio" },
  answer: Node & { kind: "ratio" },
  comparison: Comparison,
): boolean {
  const [first, otherFirst] = [gold.parts[0], answer.parts[0]];
  if (gold.parts.length !== answer.parts.length || first === undefined || otherFirst === undefined) return false;
  const same = gold.parts.every((part, index) => {
    const other = answer.parts[index];
    if (other === undefined) return false;
    return equalValues(
      { kind: "product", factors: [part, otherFirst] },
      { kind: "product", factors: [other, first] },
      comparison,
    );
  });
  comparison.rule = "ratio";
  return same;
}

function equalCases(gold: Node, answer: Node, comparison: Comparison): boolean {
  if (gold.kind === "cases" && answer.kind === "cases" && gold.rows.length === answer.rows.length) {
    const rowsMatch = gold.rows.every(({ value, condition }, index) => {
      const other = answer.rows[index];
      if (other === undefined || !comparison.equal(value, other.value)) return false;
      return condition === undefined || other.condition === undefined || comparison.equal(condition, other.condition);
    });
    if (rowsMatch) return true;
  }
  return equalValues(gold, answer, comparison);
}

function equalAsFamilies(gold: Node, answer: Node, comparison: Comparison): boolean | undefined {
  const own = familyOf(gold, false);
  const other = familyOf(answer, own !== undefined);
  if (own === undefined && other === undefined) return undefined;
  const left = own ?? familyOf(gold, true);
  if (left === undefined || other === undefined) return undefined;
  comparison.rule = "family";
  return equalFamilies(left, other) ? true : undefined;
}

/** Whether a set is what a relation describes: −2 ≤ x ≤ 7 and [−2, 7]. */
function solves(relation: Node & { readonly kind: "relation" }, set: Node, comparison: Comparison): boolean {
  comparison.rule = "solution set";
  if (set.kind === "list" && set.elements.some(({ kind }) => kind === "relation")) return false;
  const subject = subjectOf(relation);
  if (subject === undefined) return false;
  // An interval with other than numbers as ends: compare the ends.
  if (isEquation(relation)) return false;
  const { node, name } = subject;
  const [solution, region] = [relationsRegion([node], name, true), regionOf(set, true)];
  return solution !== undefined && region !== undefined && equalRegions(solution, region);
}

/** The relation over one variable; 0 < f(x) < 1 is about f(x). */
function subjectOf(
  relation: Node & { readonly kind: "relation" },
): { readonly node: Node; readonly name: string } | undefined {
  const names = [...variables(relation)];
  const [name] = names;
  const applied = relation.operands.find(
    (operand) => operand.kind === "call" && /^[A-Za-z](?:_.*)?'*$/.test(operand.name),
  );
  if (applied !== undefined) {
    const own = key(applied);
    const operands = relation.operands.map((operand): Node =>
      key(operand) === own ? { kind: "symbol", name: "\u0000" } : operand,
    );
    const node: Node = { ...relation, operands };
    return variables(node).size === 1 ? { node, name: "\u0000" } : undefined;
  }
  return names.length === 1 && name !== undefined ? { node: relation, name } : undefined;
}

/** x > 2 or x < -2 as a set; what holds together where it can, else what holds at all. */
function alternatives(node: Node): Region | undefined {
  if (node.kind !== "list" || !node.elements.every((part) => part.kind === "relation" && !isEquation(part)))
    return undefined;
  const [name, ...others] = variables(node);
  if (name === undefined || others.length > 0) return undefined;
  const both = relationsRegion(node.elements, name, true);
  if (both === undefined || !isEmpty(both)) return both;
  return union(node.elements.map((part) => relationsRegion([part], name, true)));
}

function equalSets(gold: Node, answer: Node, comparison: Comparison): boolean {
  const described = alternatives(gold);
  const region = described && regionOf(answer, true);
  if (described && region) {
    comparison.rule = "solution set";
    return equalRegions(described, region);
  }
  if (gold.kind === "interval" && answer.kind === "interval") {
    const same =
      gold.openFrom === answer.openFrom &&
      gold.openTo === answer.openTo &&
      comparison.equal(gold.from, answer.from) &&
      comparison.equal(gold.to, answer.to);
    comparison.rule = "interval";
    return same;
  }
  const [wanted, given] = [elementsOf(gold), elementsOf(answer)];
  const isRegion = ({ kind }: Node): boolean =>
    ["union", "intersection", "difference", "named-set", "builder", "interval"].includes(kind);
  if (
    gold.kind === answer.kind &&
    (gold.kind === "union" || gold.kind === "intersection") &&
    answer.kind === gold.kind
  ) {
    const list = (node: Node & { readonly operands: readonly Node[] }): Node => ({
      kind: "set",
      elements: node.operands,
    });
    if (equalElements(list(gold), list(answer), comparison)) return true;
  }
  if ((isCollection(gold) || !isRegion(gold)) && (isCollection(answer) || !isRegion(answer))) {
    if (equalElements(gold, answer, comparison)) return true;
  } else if (
    isCollection(gold) &&
    answer.kind === "interval" &&
    wanted.elements.length === 2 &&
    given.elements.length === 2
  ) {
    if (equalElements(gold, answer, comparison)) return true;
  } else if (
    isCollection(answer) &&
    gold.kind === "interval" &&
    wanted.elements.length === 2 &&
    given.elements.length === 2
  ) {
    if (equalElements(gold, answer, comparison)) return true;
  }
  if (!isRegion(gold) && !isRegion(answer) && !hasRegion(gold) && !hasRegion(answer)) return false;
  const [left, right] = [regionOf(gold, true), regionOf(answer, true)];
  comparison.rule = "region";
  return left !== undefined && right !== undefined && equalRegions(left, right);
}

/** A list of intervals. */
const hasRegion = (node: Node): boolean =>
  (node.kind === "list" || node.kind === "set") &&
  node.elements.some(({ kind }) => kind === "interval" || kind === "union");
