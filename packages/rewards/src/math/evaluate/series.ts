// Values of sums, products, definite integrals and limits.
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

/** Nodes and weights of Gauss and Kronrod's 7 and 15 points on [−1, 1]. */
const NODES = [
  0.991_455_371_120_812_6, 0.949_107_912_342_758_5, 0.864_864_423_359_769_1, 0.741_531_185_599_394_3,
  0.586_087_235_467_691_1, 0.405_845_151_377_397_2, 0.207_784_955_007_898_48, 0,
];
const KRONROD = [
  0.022_935_322_010_529_224, 0.063_092_092_629_978_54, 0.104_790_010_322_250_17, 0.140_653_259_715_525_92,
  0.169_004_726_639_267_9, 0.190_350_578_064_785_4, 0.204_432_940_075_298_9, 0.209_482_141_084_727_82,
];
const GAUSS = [
  0, 0.129_484_966_168_869_7, 0, 0.279_705_391_489_276_64, 0, 0.381_830_050_505_118_9, 0, 0.417_959_183_673_469_4,
];

function integral(node: Big, run: Evaluation, evaluate: Evaluate): Complex | undefined {
  const [from, to] = [bound(node.from, run, evaluate), bound(node.to, run, evaluate)];
  if (from === undefined || to === undefined) return undefined;
  return withVariable(node, run, evaluate, (at) => {
    // An infinite interval is folded onto a finite one.
    const isInfinite = !Number.isFinite(from) || !Number.isFinite(to);
    const folded = (t: number): Complex | undefined => {
      if (Number.isFinite(from) && to === Infinity) return scaled(at(from + t / (1 - t)), 1 / (1 - t) ** 2);
      if (from === -Infinity && Number.isFinite(to)) return scaled(at(to - t / (1 - t)), 1 / (1 - t) ** 2);
      return scaled(at(t / (1 - t * t)), (1 + t * t) / (1 - t * t) ** 2);
    };
    if (!isInfinite) return adaptive(at, from, to, 0);
    return from === -Infinity && to === Infinity ? adaptive(folded, -1, 1, 0) : adaptive(folded, 0, 1, 0);
  });
}

const scaled = (value: Complex | undefined, factor: number): Complex | undefined =>
  value && complex.multiply(value, complex.exactly(factor));

function adaptive(
  at: (x: number) => Complex | undefined,
  from: number,
  to: number,
  depth: number,
): Complex | undefined {
  const [middle, half] = [(from + to) / 2, (to - from) / 2];
  let [fine, coarse]: [Complex, Complex] = [complex.exactly(0), complex.exactly(0)];
  for (const [index, node] of NODES.entries()) {
    for (const sign of node === 0 ? [1] : [1, -1]) {
      const value = at(middle + sign * half * node);
      if (value === undefined) return undefined;
      fine = complex.add(fine, complex.multiply(value, complex.exactly((KRONROD[index] ?? 0) * half)));
      coarse = complex.add(coarse, complex.multiply(value, complex.exactly((GAUSS[index] ?? 0) * half)));
    }
  }
  const gap = complex.magnitude(complex.add(fine, complex.negate(coarse)));
  if (gap <= 1e-11 * Math.max(complex.magnitude(fine), 1e-3) || depth >= 7) {
    // Singular ends converge slowly: what is not settled makes the value uncertain.
    return { ...fine, error: fine.error + gap * 1e-2 };
  }
  const [left, right] = [adaptive(at, from, middle, depth + 1), adaptive(at, middle, to, depth + 1)];
  return left && right && complex.add(left, right);
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
