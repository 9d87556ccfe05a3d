// Sets of real numbers: intervals, points, unions, complements, and what a relation of one variable describes.
import { evaluation } from "../evaluate/evaluation.js";
import { infinite } from "../evaluate/infinity.js";
import { evaluate, holds } from "../evaluate/numeric.js";
import { exactly } from "../number/complex.js";
import { children, type Node, variables } from "../read/nodes.js";

/** A set of reals by what is in it, and the places where that changes. */
export interface Region {
  readonly has: (x: number) => boolean | undefined;
  /** Ends and single points, finite. */
  readonly ends: readonly number[];
}

const NEAR = 1e-9;
const same = (a: number, b: number): boolean =>
  a === b ||
  (Number.isFinite(a) && Number.isFinite(b) && Math.abs(a - b) <= NEAR * Math.max(1, Math.abs(a), Math.abs(b)));

function endOf(node: Node): number | undefined {
  const far = infinite(node);
  if (far !== undefined) return far;
  if (variables(node).size > 0) return undefined;
  const value = evaluate(node, evaluation());
  return value === undefined || Math.abs(value.im) > 1e-12 ? undefined : value.re;
}

/** Undefined for what is no set of reals with known ends. `pairs`: whether (a, b) is an open interval. */
export function regionOf(node: Node, pairs: boolean): Region | undefined {
  switch (node.kind) {
    case "interval":
      return intervalRegion(node.from, node.to, node.openFrom, node.openTo);
    case "tuple": {
      const [from, to] = node.elements;
      return pairs && node.elements.length === 2 && from && to ? intervalRegion(from, to, true, true) : undefined;
    }
    case "set":
    case "list": {
      const points = node.elements.map(endOf);
      if (points.some((point) => point === undefined || !Number.isFinite(point)))
        return combined(node.elements, "union", pairs);
      const finite = points as number[];
      return { has: (x) => finite.some((point) => same(point, x)), ends: finite };
    }
    case "named-set":
      if (node.name === "R") return { has: () => true, ends: [] };
      return node.name === "empty" ? { has: () => false, ends: [] } : undefined;
    case "union":
    case "intersection":
    case "difference":
      return combined(node.operands, node.kind, pairs);
    case "sum":
      return differenceOfSets(node, pairs);
    case "builder":
      return builderRegion(node.element, node.conditions, pairs);
    default:
      return undefined;
  }
}

function intervalRegion(from: Node, to: Node, openFrom: boolean, openTo: boolean): Region | undefined {
  const [low, high] = [endOf(from), endOf(to)];
  if (low === undefined || high === undefined || low > high) return undefined;
  return {
    has: (x) => {
      if (same(x, low)) return !openFrom && (!same(low, high) || !openTo);
      if (same(x, high)) return !openTo;
      return x > low && x < high;
    },
    ends: [low, high].filter(Number.isFinite),
  };
}

function combined(
  operands: readonly Node[],
  kind: "union" | "intersection" | "difference",
  pairs: boolean,
): Region | undefined {
  const regions = operands.map((operand) => regionOf(operand, true) ?? pointRegion(operand));
  void pairs;
  if (regions.length === 0 || regions.includes(undefined)) return undefined;
  const known = regions as Region[];
  const [first] = known;
  return {
    has: (x) => {
      if (kind === "union") return known.some((region) => region.has(x) === true);
      if (kind === "intersection") return known.every((region) => region.has(x) === true);
      return first?.has(x) === true && known.slice(1).every((region) => region.has(x) !== true);
    },
    ends: known.flatMap(({ ends }) => ends),
  };
}

function pointRegion(node: Node): Region | undefined {
  const point = endOf(node);
  return point !== undefined && Number.isFinite(point) ? { has: (x) => same(x, point), ends: [point] } : undefined;
}

/** \mathbb{R} - \{0\} */
function differenceOfSets(node: Node & { readonly kind: "sum" }, pairs: boolean): Region | undefined {
  const [first, ...others] = node.terms;
  const removed = others.map((term) =>
    term.kind === "product" && term.factors.length === 2 && term.factors[0]?.kind === "number"
      ? term.factors[1]
      : undefined,
  );
  const isSet = (set: Node | undefined): boolean =>
    set?.kind === "set" || set?.kind === "named-set" || set?.kind === "interval";
  if (first === undefined || !isSet(first) || !removed.every(isSet)) return undefined;
  return combined([first, ...(removed as Node[])], "difference", pairs);
}

function builderRegion(element: Node, conditions: readonly Node[], pairs: boolean): Region | undefined {
  // { x ∈ ℝ | x > 0 }
  const [name, domain] =
    element.kind === "relation" && element.operators[0] === "∈" ? element.operands : [element, undefined];
  if (name?.kind !== "symbol") return undefined;
  const parts = [
    ...(domain ? [{ kind: "relation", operands: [name, domain], operators: ["∈"] } as Node] : []),
    ...conditions,
  ];
  return relationsRegion(parts, name.name, pairs);
}

/** The reals for which all relations hold, by the variable's name. */
export function relationsRegion(relations: readonly Node[], name: string, pairs: boolean): Region | undefined {
  const regions = relations.map((relation) => relationRegion(relation, name, pairs));
  if (regions.length === 0 || regions.includes(undefined)) return undefined;
  const known = regions as Region[];
  return {
    has: (x) => known.every((region) => region.has(x) === true),
    ends: known.flatMap(({ ends }) => ends),
  };
}

function relationRegion(node: Node, name: string, pairs: boolean): Region | undefined {
  if (node.kind !== "relation") return regionOf(node, pairs);
  const [left, right] = node.operands;
  if (node.operators.length === 1 && (node.operators[0] === "∈" || node.operators[0] === "∉") && right) {
    if (left?.kind !== "symbol" || left.name !== name) return undefined;
    const region = regionOf(right, true);
    if (region === undefined || node.operators[0] === "∈") return region;
    return { has: (x) => region.has(x) === false, ends: region.ends };
  }
  const names = variables(node);
  if (names.size !== 1 || !names.has(name)) return undefined;
  const run = (x: number): boolean | undefined => holds(node, evaluation(new Map([[name, exactly(x)]])));
  return { has: run, ends: [...constants(node), ...changes(node, name)] };
}

/** Values of the constants that are written in it, and their opposites: where an inequality often changes. */
function constants(node: Node): number[] {
  if (variables(node).size === 0) {
    const value = endOf(node);
    return value !== undefined && Number.isFinite(value) ? [value, -value] : [];
  }
  return children(node).flatMap(constants);
}

/** Where left − right of neighbouring sides changes its sign, found on a grid and by halving. */
function changes(node: Node & { readonly kind: "relation" }, name: string): number[] {
  const found: number[] = [];
  for (let index = 0; index + 1 < node.operands.length; index++) {
    const [left, right] = [node.operands[index], node.operands[index + 1]];
    if (left === undefined || right === undefined) continue;
    const at = (x: number): number | undefined => {
      const run = evaluation(new Map([[name, exactly(x)]]));
      const [a, b] = [evaluate(left, run), evaluate(right, run)];
      return a && b && a.im === 0 && b.im === 0 ? a.re - b.re : undefined;
    };
    for (let step = -40; step < 40; step++) {
      let [low, high] = [grid(step), grid(step + 1)];
      let [below, above] = [at(low), at(high)];
      if (below === 0) found.push(low);
      if (below === undefined || above === undefined || below * above >= 0) continue;
      for (let halving = 0; halving < 60; halving++) {
        const middle = (low + high) / 2;
        const value = at(middle);
        if (value === undefined) break;
        if (below * value <= 0) [high, above] = [middle, value];
        else [low, below] = [middle, value];
      }
      found.push(high);
    }
  }
  return found;
}

/** Dense near zero and wide enough for the numbers of exercises. */
const grid = (step: number): number => 0.037 + Math.sign(step) * (Math.expm1(Math.abs(step) / 5.5) / 1.7);

/** What is in any of them. */
export function union(regions: readonly (Region | undefined)[]): Region | undefined {
  if (regions.includes(undefined)) return undefined;
  const known = regions as Region[];
  return { has: (x) => known.some((region) => region.has(x) === true), ends: known.flatMap(({ ends }) => ends) };
}

/** Whether nothing is in it. */
export const isEmpty = (region: Region): boolean => equalRegions(region, { has: () => false, ends: [] });

/** Whether two regions hold the same numbers, tried at every end, beside it and between ends. */
export function equalRegions(a: Region, b: Region): boolean {
  const ends = [...a.ends, ...b.ends]
    .toSorted((left, right) => left - right)
    .filter((end, index, all) => index === 0 || !same(end, all[index - 1] ?? Number.NaN));
  if (ends.length > 400) return false;
  const points: number[] = [];
  const [first = 0, last = 0] = [ends[0], ends.at(-1)];
  points.push(first - 1e6, first - 0.731, last + 0.731, last + 1e6);
  for (const [index, end] of ends.entries()) {
    points.push(end);
    const next = ends[index + 1];
    if (next !== undefined) for (const share of [0.17, 0.5, 0.83]) points.push(end + share * (next - end));
  }
  let decided = 0;
  for (const point of points) {
    const [left, right] = [a.has(point), b.has(point)];
    if (left === undefined || right === undefined) {
      // No value there: not in it.
      if ((left ?? false) !== (right ?? false)) return false;
      continue;
    }
    if (left !== right) return false;
    decided++;
  }
  return decided >= 3;
}
