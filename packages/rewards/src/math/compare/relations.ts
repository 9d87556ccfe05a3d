// Equations and inequalities against each other: moved sides, turned signs, common factors.
import { evaluation } from "../evaluate/evaluation.js";
import { evaluate, pseudoRandom } from "../evaluate/numeric.js";
import { exactly, magnitude } from "../number/complex.js";
import { isName } from "../read/lists.js";
import { difference, key, type Node, type RelationOperator, variables } from "../read/nodes.js";
import type { Comparison } from "./comparison.js";

export type Relation = Node & { readonly kind: "relation" };

export const isEquation = (node: Node): node is Relation =>
  node.kind === "relation" && node.operators.every((operator) => operator === "=");

/** An equation that says what a name stands for. */
export const isAssignment = (node: Node): node is Relation =>
  isEquation(node) && node.operands[0] !== undefined && isName(node.operands[0]);

/** The first and the last side of a chain of equations. */
export function ends(relation: Relation): Relation {
  const [first, last] = [relation.operands[0], relation.operands.at(-1)];
  return relation.operands.length > 2 && first && last
    ? { ...relation, operands: [first, last], operators: ["="] }
    : relation;
}

const TURNED: ReadonlyMap<RelationOperator, RelationOperator> = new Map([
  ["<", ">"],
  [">", "<"],
  ["≤", "≥"],
  ["≥", "≤"],
]);

/** Written with < and ≤ where it was > and ≥ throughout. */
function turned(relation: Relation): Relation {
  if (!relation.operators.every((operator) => operator === ">" || operator === "≥" || operator === "="))
    return relation;
  if (relation.operators.every((operator) => operator === "=")) return relation;
  return {
    ...relation,
    operands: relation.operands.toReversed(),
    operators: relation.operators.toReversed().map((operator) => TURNED.get(operator) ?? operator),
  };
}

export function equalRelations(gold: Relation, answer: Relation, comparison: Comparison): boolean {
  const [a, b] = [turned(gold), turned(answer)];
  if (a.operators.join() !== b.operators.join()) return false;
  comparison.rule = "relation";
  if (key(a) === key(b)) return true;
  if (a.operators.length > 1) {
    return a.operands.every((operand, index) => {
      const other = b.operands[index];
      return other !== undefined && comparison.equal(operand, other);
    });
  }
  const [operator] = a.operators;
  const [left, right, otherLeft, otherRight] = [a.operands[0], a.operands[1], b.operands[0], b.operands[1]];
  if (!left || !right || !otherLeft || !otherRight || operator === undefined) return false;
  // x = 1 and x = 1, whatever the sides are.
  if (key(left) === key(otherLeft) && comparison.equal(right, otherRight)) return true;
  if (!"=≠<≤".includes(operator)) return comparison.equal(left, otherLeft) && comparison.equal(right, otherRight);
  const symmetric = operator === "=" || operator === "≠";
  // 2 = 2 and 3 = 3 both hold and are not the same.
  if (variables(a).size === 0 || variables(b).size === 0) {
    return comparison.equal(left, otherLeft) && comparison.equal(right, otherRight);
  }
  const ratio = constantRatio(difference(left, right), difference(otherLeft, otherRight));
  comparison.rule = "relation";
  if (ratio !== undefined) return symmetric || ratio > 0;
  return symmetric && sameSolutions(difference(left, right), difference(otherLeft, otherRight));
}

/** The constant c ≠ 0 with a = c · b at every sample, if there is one; ±1 stands for a complex one. */
function constantRatio(a: Node, b: Node): number | undefined {
  const names = [...variables(a, variables(b))];
  let ratio: { readonly re: number; readonly im: number } | undefined;
  let agreed = 0;
  for (let point = 0; point < 12; point++) {
    const run = evaluation(new Map(names.map((name) => [name, exactly(pseudoRandom(`${point}:${name}`))])));
    const [left, right] = [evaluate(a, run), evaluate(b, run)];
    if ((left === undefined) !== (right === undefined)) return undefined;
    if (left === undefined || right === undefined) continue;
    if (magnitude(right) <= right.error * 16 || magnitude(left) <= left.error * 16) {
      if (magnitude(right) <= right.error * 16 !== magnitude(left) <= left.error * 16) return undefined;
      continue;
    }
    const size = right.re * right.re + right.im * right.im;
    const re = (left.re * right.re + left.im * right.im) / size;
    const im = (left.im * right.re - left.re * right.im) / size;
    if (ratio === undefined) ratio = { re, im };
    else if (Math.hypot(ratio.re - re, ratio.im - im) > 1e-8 * Math.hypot(re, im)) return undefined;
    agreed++;
  }
  if (ratio === undefined || agreed < 3) return undefined;
  return Math.abs(ratio.im) > 1e-8 ? 1 : ratio.re;
}

/** Whether two equations have the same roots in each of their variables, for random values of the others. */
function sameSolutions(a: Node, b: Node): boolean {
  const names = [...variables(a)];
  const others = variables(b);
  if (names.length < 2 || names.length !== others.size || !names.every((name) => others.has(name))) return false;
  let checked = 0;
  for (const name of names) {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      for (let start = 0; start < 4; start++) {
        const values = new Map(names.map((other) => [other, exactly(pseudoRandom(`${start}:${other}`))]));
        const root = findRoot(from, name, values);
        if (root === undefined) continue;
        values.set(name, exactly(root));
        const [value, near] = [
          evaluate(to, evaluation(values)),
          evaluate(to, evaluation(new Map([...values, [name, exactly(root + 0.37)]]))),
        ];
        if (value === undefined || near === undefined) return false;
        if (magnitude(value) > 1e-7 * Math.max(1, magnitude(near))) return false;
        checked++;
      }
    }
  }
  return checked >= 4 * names.length;
}

/** Newton's method with a secant slope, on the reals. */
function findRoot(
  node: Node,
  name: string,
  values: ReadonlyMap<string, ReturnType<typeof exactly>>,
): number | undefined {
  const at = (x: number): number | undefined => {
    const value = evaluate(node, evaluation(new Map([...values, [name, exactly(x)]])));
    return value && Math.abs(value.im) <= 1e-12 ? value.re : undefined;
  };
  let x = values.get(name)?.re ?? 1;
  for (let step = 0; step < 60; step++) {
    const [here, beside] = [at(x), at(x + 1e-6)];
    if (here === undefined || beside === undefined) return undefined;
    if (Math.abs(here) < 1e-12) return x;
    const slope = (beside - here) / 1e-6;
    if (slope === 0) return undefined;
    const move = here / slope;
    x -= move;
    if (Math.abs(move) < 1e-14 * Math.max(1, Math.abs(x))) return x;
  }
  return undefined;
}
