// Values of sums, products, definite integrals and limits.
import { LimitError } from "../limits.js";
import * as complex from "../number/complex.js";
import type { Complex } from "../number/complex.js";
import { toNumber } from "../number/rational.js";
import type { Node } from "../read/nodes.js";
import type { Evaluate, Evaluation } from "./evaluation.js";
import { exact } from "./exact.js";
import { infinite } from "./infinity.js";

type Big = Node & { readonly kind: "big" };

/** Undefined where it does not converge, or not fast enough to tell. */
export function evaluateBig(node: Big, run: Evaluation, evaluate: Evaluate): Complex | undefined {
  if (node.operator === "integral") return integral(node, run, evaluate);
  if (node.operator === "limit") return limit(node, run, evaluate);
  return series(node, run, evaluate);
}

function bound(node: Node | undefined, run: Evaluation, evaluate: Evaluate): number | undefined {
  if (node === undefined) return undefined;
  const far = infinite(node);
  if (far !== undefined) return far;
  const value = evaluate(node, run);
  return value === undefined || value.im !== 0 ? undefined : value.re;
}

/** Runs with the operator's variable bound, and puts back what it hid. */
function withVariable<T>(
  node: Big,
  run: Evaluation,
  evaluate: Evaluate,
  work: (at: (value: number) => Complex | undefined) => T,
): T {
  const hidden = run.values.get(node.variable);
  const result = work((value) => {
    run.values.set(node.variable, complex.exactly(value));
    return evaluate(node.body, run);
  });
  if (hidden === undefined) run.values.delete(node.variable);
  else run.values.set(node.variable, hidden);
  return result;
}

/** Terms of an infinite series; one that has not settled by then has no value here. */
const MOST_TERMS = 300;

function series(node: Big, run: Evaluation, evaluate: Evaluate): Complex | undefined {
  const [from, to] = [bound(node.from, run, evaluate), bound(node.to, run, evaluate)];
  if (from === undefined || to === undefined) return undefined;
  // A symbolic bound takes a fractional sample: sums over whole steps have no value there.
  if (!Number.isInteger(from) || (to !== Infinity && !Number.isInteger(to))) return undefined;
  const isSum = node.operator === "sum";
  return withVariable(node, run, evaluate, (at) => {
    let total: Complex = complex.exactly(isSum ? 0 : 1);
    let small = 0;
    const last = to === Infinity ? from + MOST_TERMS : to;
    if (last - from > run.steps) throw new LimitError("the sum has too many terms");
    for (let index = from; index <= last; index++) {
      const term = at(index);
      if (term === undefined) return undefined;
      total = isSum ? complex.add(total, term) : complex.multiply(total, term);
      if (to !== Infinity) continue;
      const change = isSum ? complex.magnitude(term) : complex.magnitude(complex.add(term, complex.exactly(-1)));
      small = change <= 1e-17 * Math.max(1e-300, isSum ? complex.magnitude(total) : 1) ? small + 1 : 0;
      if (small >= 3) return total;
    }
    return to === Infinity ? undefined : total;
  });
}

/** Steps on each side of the middle, and their width: the finest of three grids. */
const STEPS = 52;
const WIDTH = 1 / 16;

/**
 * Double exponential quadrature (Takahasi and Mori, 1974), which also takes singular and infinite ends. Three grids, each
 * twice as fine as the one before, tell what error is left.
 */
function integral(node: Big, run: Evaluation, evaluate: Evaluate): Complex | undefined {
  const [from, to] = [bound(node.from, run, evaluate), bound(node.to, run, evaluate)];
  if (from === undefined || to === undefined) return undefined;
  if (from > to || from === Infinity || to === -Infinity) {
    const turned = from === to ? undefined : integral({ ...node, from: node.to, to: node.from } as Big, run, evaluate);
    return turned && complex.negate(turned);
  }
  return withVariable(node, run, evaluate, (at) => {
    const sums = [complex.exactly(0), complex.exactly(0), complex.exactly(0)];
    for (let step = -STEPS; step <= STEPS; step++) {
      const { x, weight } = transformed(step * WIDTH, from, to);
      const value = at(x);
      // At a singular end there may be no value, and next to no weight.
      if (value === undefined && Math.abs(step) < STEPS * 0.75) return undefined;
      const part = value && complex.multiply(value, complex.exactly(weight));
      if (part === undefined || !complex.isFinite(part)) continue;
      for (const [level, stride] of [4, 2, 1].entries()) {
        if (step % stride !== 0) continue;
        sums[level] = complex.add(sums[level] ?? part, complex.multiply(part, complex.exactly(WIDTH * stride)));
      }
    }
    const [coarse, middle, fine] = sums as [Complex, Complex, Complex];
    const [first, second] = [distance(coarse, middle), distance(middle, fine)];
    return { ...fine, error: fine.error + (second < first ? (second * second) / first : second) };
  });
}

const distance = (a: Complex, b: Complex): number => complex.magnitude(complex.add(a, complex.negate(b)));

/** The place and weight of a point of the infinite line on the interval. */
function transformed(t: number, from: number, to: number): { readonly x: number; readonly weight: number } {
  const [u, slope] = [(Math.PI / 2) * Math.sinh(t), (Math.PI / 2) * Math.cosh(t)];
  if (from === -Infinity && to === Infinity) return { x: Math.sinh(u), weight: slope * Math.cosh(u) };
  if (to === Infinity) return { x: from + Math.exp(u), weight: slope * Math.exp(u) };
  if (from === -Infinity) return { x: to - Math.exp(-u), weight: slope * Math.exp(-u) };
  const half = (to - from) / 2;
  // Measured from the nearer end, so that what is next to it is not rounded onto it.
  const gap = (to - from) / (1 + Math.exp(2 * Math.abs(u)));
  return { x: u < 0 ? from + gap : to - gap, weight: (half * slope) / Math.cosh(u) ** 2 };
}

function limit(node: Big, run: Evaluation, evaluate: Evaluate): Complex | undefined {
  if (node.to === undefined) return undefined;
  const far = infinite(node.to);
  const target = far ?? toNumberOf(node.to, run, evaluate);
  if (target === undefined) return undefined;
  return withVariable(node, run, evaluate, (at) => {
    const direct = Number.isFinite(target) ? at(target) : undefined;
    if (direct) return direct;
    const point = (step: number): number =>
      Number.isFinite(target) ? target + step : Math.sign(target) / Math.abs(step);
    const [right, left] = [towards(at, point, 1), Number.isFinite(target) ? towards(at, point, -1) : undefined];
    if (right === undefined) return left;
    if (left === undefined) return Number.isFinite(target) ? undefined : right;
    const gap = complex.magnitude(complex.add(left, complex.negate(right)));
    return gap <= left.error + right.error ? right : undefined;
  });
}

function toNumberOf(node: Node, run: Evaluation, evaluate: Evaluate): number | undefined {
  const rational = exact(node);
  return rational ? toNumber(rational) : evaluate(node, run)?.re;
}

/** Richardson's extrapolation over halved steps; undefined unless it settles. */
function towards(
  at: (x: number) => Complex | undefined,
  point: (step: number) => number,
  sign: number,
): Complex | undefined {
  let row: number[] = [];
  let best: { value: number; error: number } | undefined;
  for (let level = 0; level < 9; level++) {
    const value = at(point((sign * 0.1) / 2 ** level));
    if (value === undefined || Math.abs(value.im) > 1e-9) return undefined;
    const next = [value.re];
    for (let order = 1; order <= level; order++) {
      const [fine, coarse] = [next[order - 1] ?? 0, row[order - 1] ?? 0];
      next.push(fine + (fine - coarse) / (2 ** order - 1));
    }
    const error = level === 0 ? Infinity : Math.abs((next[level] ?? 0) - (row[level - 1] ?? 0));
    if (best === undefined || error < best.error) best = { value: next[level] ?? 0, error };
    row = next;
  }
  if (best === undefined || best.error > 1e-7 * Math.max(1, Math.abs(best.value))) return undefined;
  return complex.real(best.value, best.error * 10);
}
