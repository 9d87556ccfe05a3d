// Equations and inequalities against each other: moved sides, turned signs, common factors.
import { evaluation, pseudoRandom, sampled } from "../evaluate/evaluation.js";
import { evaluate } from "../evaluate/numeric.js";
import { type Complex, divide, exactly, isNothing, magnitude, subtract } from "../number/complex.js";
import { isName } from "../read/lists.js";
import { difference, isSame, last, type Node, type Relation, tree, variables } from "../read/nodes.js";
import type { Comparison } from "./comparison.js";
import { equalInOrder } from "./lists.js";

export const isEquation = (node: Node): node is Relation => node.kind === "relation" && /^=+$/.test(node.name);

/** An equation that says what a name stands for. */
export const isAssignment = (node: Node): node is Relation => isEquation(node) && isName(node.parts[0]);

/** The first and the last side of a chain of equations. */
export const ends = (relation: Relation): Node => tree("relation", [relation.parts[0], last(relation)], "=");

/** Written with < and ≤ where it was > and ≥ throughout. */
const turned = (relation: Relation): Relation =>
  /[>≥]/.test(relation.name) && /^[>≥=]+$/.test(relation.name)
    ? (tree(
        "relation",
        relation.parts.toReversed(),
        [...relation.name].toReversed().join("").replaceAll(">", "<").replaceAll("≥", "≤"),
      ) as Relation)
    : relation;

export function equalRelations(gold: Relation, answer: Relation, comparison: Comparison): boolean {
  const [a, b] = [turned(gold), turned(answer)];
  if (a.name !== b.name) return false;
  const canMove = /^[=≠<≤]$/.test(a.name) && variables(a).size > 0 && variables(b).size > 0;
  // What can move its sides needs the same name on the left; 2 = 2 and 3 = 3 both hold and are not the same.
  const sameSides = (!canMove || isSame(a.parts[0], b.parts[0])) && equalInOrder(a.parts, b.parts, comparison);
  comparison.rule = "relation";
  if (sameSides || isSame(a, b)) return true;
  if (!canMove) return false;
  const [left, right] = [sideDifference(a), sideDifference(b)];
  const ratio = constantRatio(left, right);
  const isSymmetric = /[=≠]/.test(a.name);
  return ratio === undefined ? isSymmetric && haveSameRoots(left, right) : isSymmetric || ratio > 0;
}

const sideDifference = ({ parts: [left, right = left] }: Relation): Node => difference(left, right);

/** The constant c ≠ 0 with a = c · b at every sample, if there is one; 1 stands for a complex one. */
function constantRatio(a: Node, b: Node): number | undefined {
  const names = variables(a, variables(b));
  const ratios: Complex[] = [];
  for (let point = 0; point < 12; point++) {
    const run = sampled(names, point);
    const [left, right] = [evaluate(a, run), evaluate(b, run)];
    const isZero = left && isNothing(left, 16);
    if ((left === undefined) !== (right === undefined) || isZero !== (right && isNothing(right, 16))) return undefined;
    if (left && right && !isZero) ratios.push(divide(left, right));
  }
  const [ratio] = ratios;
  if (ratio === undefined || ratios.length < 3) return undefined;
  if (ratios.some((other) => !(magnitude(subtract(ratio, other)) <= 1e-8 * magnitude(ratio)))) return undefined;
  return Math.abs(ratio.im) > 1e-8 ? 1 : ratio.re;
}

/** Whether two equations have the same roots in each of their variables, for random values of the others. */
function haveSameRoots(a: Node, b: Node): boolean {
  const names = [...variables(a)];
  if (names.length < 2 || names.toSorted().join() !== [...variables(b)].toSorted().join()) return false;
  let checked = 0;
  for (const name of names) {
    for (let start = 0; start < 8; start++) {
      const [from, to] = start % 2 === 0 ? [a, b] : [b, a];
      const { values } = sampled(names, start >> 1);
      const at = (node: Node, x: number): Complex | undefined => {
        values.set(name, exactly(x));
        return evaluate(node, { ...evaluation(), values });
      };
      const root = findRoot((x) => at(from, x), pseudoRandom(`${start}:${name}`));
      if (root === undefined) continue;
      const [value, beside] = [at(to, root), at(to, root + 0.37)];
      if (!value || !beside || magnitude(value) > 1e-7 * Math.max(1, magnitude(beside))) return false;
      checked++;
    }
  }
  return checked >= 4 * names.length;
}

/** Newton's method with a secant slope, on the reals. */
function findRoot(at: (x: number) => Complex | undefined, start: number): number | undefined {
  let x = start;
  for (let step = 0; step < 60; step++) {
    const [here, beside] = [at(x), at(x + 1e-6)];
    if (!here || !beside || Math.abs(here.im) > 1e-12) return undefined;
    const move = here.re === 0 ? 0 : (here.re * 1e-6) / (beside.re - here.re);
    x -= move;
    if (Math.abs(here.re) < 1e-12 || Math.abs(move) < 1e-14 * Math.abs(x)) return x;
  }
  return undefined;
}
