// Values of sums, products, definite integrals and limits.
import { LimitError } from "../limits.js";
import {
  add,
  type Complex,
  exactly,
  isFinite,
  magnitude,
  multiply,
  negate,
  ONE,
  real,
  subtract,
  ZERO,
} from "../number/complex.js";
import type { Node } from "../read/nodes.js";
import { type Evaluate, type Evaluation, infinite } from "./evaluation.js";

type Body = (at: number) => Complex | undefined;

/** Undefined where it does not converge, or not fast enough to tell. */
export function evaluateBig(
  node: Extract<Node, { readonly kind: "big" }>,
  run: Evaluation,
  evaluate: Evaluate,
): Complex | undefined {
  const { name, variable, parts } = node;
  const [body, from, to] = parts;
  const [first, last] = [bound(from, run, evaluate), bound(to, run, evaluate)];
  if (last === undefined || (first === undefined && name !== "lim")) return undefined;
  const hidden = run.values.get(variable);
  const at: Body = (value) => {
    run.values.set(variable, exactly(value));
    return evaluate(body, run);
  };
  const result =
    name === "lim"
      ? limit(at, last)
      : name === "int"
        ? integral(at, first ?? 0, last)
        : series(at, first ?? 0, last, name === "sum", run.steps);
  if (hidden === undefined) run.values.delete(variable);
  else run.values.set(variable, hidden);
  return result;
}

function bound(node: Node, run: Evaluation, evaluate: Evaluate): number | undefined {
  const far = infinite(node);
  const value = far === undefined ? evaluate(node, run) : real(far);
  return value?.im === 0 ? value.re : undefined;
}

/** Terms of an infinite series; one that has not settled by then has no value here. */
const MOST_TERMS = 300;
/** Terms after which their growth is looked at, and once more after as many. */
const EARLY = 30;

function series(at: Body, from: number, to: number, isSum: boolean, most: number): Complex | undefined {
  // A symbolic bound takes a fractional sample: sums over whole steps have no value there.
  if (!Number.isInteger(from) || (to !== Infinity && !Number.isInteger(to))) return undefined;
  const last = Math.min(to, to === Infinity ? from + MOST_TERMS : to);
  if (last - from > most) throw new LimitError("the sum has too many terms");
  let total = isSum ? ZERO : ONE;
  let [settled, change, early] = [0, 0, 0];
  for (let index = from; index <= last; index++) {
    const term = at(index);
    if (term === undefined) return undefined;
    const before = total;
    total = isSum ? add(total, term) : multiply(total, term);
    const moved = magnitude(subtract(total, before));
    const growth = moved / change;
    change = moved;
    settled = change <= 1e-16 * magnitude(total) ? settled + 1 : 0;
    if (to === Infinity && settled > 2) return total;
    // Terms that grow as fast as before go on growing.
    if (index - from === EARLY) early = growth;
    if (to === Infinity && index - from === 2 * EARLY && growth >= 1 && growth > 0.9 * early) return undefined;
  }
  return to === Infinity ? undefined : total;
}

/** Steps on each side of the middle, and their width. */
const STEPS = 52;
const WIDTH = 1 / 16;

/**
 * Double exponential quadrature (Takahasi and Mori, 1974), which also takes singular and infinite ends. Every second and
 * fourth point make coarser grids, which tell what error is left.
 */
function integral(at: Body, from: number, to: number): Complex | undefined {
  if (from > to) {
    const turned = integral(at, to, from);
    return turned && negate(turned);
  }
  let [coarse, middle, fine] = [ZERO, ZERO, ZERO];
  for (let step = -STEPS; step <= STEPS; step++) {
    const [x, weight] = transformed(step * WIDTH, from, to);
    const value = at(x);
    // At a singular end there may be no value, and next to no weight.
    if (value === undefined && Math.abs(step) < STEPS * 0.75) return undefined;
    const part = value && multiply(value, exactly(weight * WIDTH));
    if (part === undefined || !isFinite(part)) continue;
    fine = add(fine, part);
    if (step % 2 === 0) middle = add(middle, multiply(part, exactly(2)));
    if (step % 4 === 0) coarse = add(coarse, multiply(part, exactly(4)));
  }
  const [first, second] = [magnitude(subtract(coarse, middle)), magnitude(subtract(middle, fine))];
  return { ...fine, error: fine.error + (second < first ? (second * second) / first : second) };
}

/** The place and weight of a point of the infinite line on the interval. */
function transformed(t: number, from: number, to: number): readonly [place: number, weight: number] {
  const [u, slope] = [(Math.PI / 2) * Math.sinh(t), (Math.PI / 2) * Math.cosh(t)];
  if (from === -Infinity && to === Infinity) return [Math.sinh(u), slope * Math.cosh(u)];
  if (to === Infinity) return [from + Math.exp(u), slope * Math.exp(u)];
  if (from === -Infinity) return [to - Math.exp(-u), slope * Math.exp(-u)];
  // Measured from the nearer end, so that what is next to it is not rounded onto it.
  const gap = (to - from) / (1 + Math.exp(2 * Math.abs(u)));
  return [u < 0 ? from + gap : to - gap, ((to - from) * slope) / 2 / Math.cosh(u) ** 2];
}

/** The value there, or what both sides lead to. */
function limit(at: Body, target: number): Complex | undefined {
  if (!Number.isFinite(target)) return towards((step) => at(Math.sign(target) / step));
  const [right, left] = [towards((step) => at(target + step)), towards((step) => at(target - step))];
  const meet = left && right && magnitude(subtract(left, right)) <= left.error + right.error;
  return at(target) ?? (meet ? right : undefined);
}

/** Richardson's extrapolation over halved steps; undefined unless it settles. */
function towards(at: Body): Complex | undefined {
  let row: number[] = [];
  for (let level = 0; level < 8; level++) {
    const value = at(0.1 / 2 ** level);
    if (value === undefined || Math.abs(value.im) > 1e-9) return undefined;
    row.push(value.re);
  }
  let error = Infinity;
  for (let factor = 2; row.length > 1; factor *= 2) {
    const next = row.slice(1).map((fine, index) => fine + (fine - (row[index] ?? fine)) / (factor - 1));
    error = Math.abs((next.at(-1) ?? 0) - (row.at(-1) ?? 0));
    row = next;
  }
  const [result = 0] = row;
  return error <= 1e-7 * Math.max(1, Math.abs(result)) ? real(result, error * 10) : undefined;
}
