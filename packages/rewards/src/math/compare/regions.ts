// Sets of real numbers: intervals, points, unions, complements, and what a relation of one variable describes.
import { evaluation, evaluationAt, infinite } from "../evaluate/evaluation.js";
import { evaluate, holds } from "../evaluate/numeric.js";
import { type Node, type Relation, variables } from "../read/nodes.js";

/** A set of reals by what is in it, and the places where that changes. */
export interface Region {
  /** Undefined where there is no telling. */
  readonly has: (x: number) => boolean | undefined;
  /** Ends and single points, finite. */
  readonly ends: readonly number[];
}

type Maybe = Region | undefined;

const same = (a: number, b: number): boolean =>
  a === b || Math.abs(a - b) <= 1e-9 * Math.max(1, Math.min(Math.abs(a), Math.abs(b)));

function endOf(node: Node): number | undefined {
  const value = variables(node).size === 0 ? evaluate(node, evaluation()) : undefined;
  return infinite(node) ?? (value && Math.abs(value.im) <= 1e-12 ? value.re : undefined);
}

const EMPTY: Region = { has: () => false, ends: [] };
const REALS: Region = { has: () => true, ends: [] };

/** Undefined for what is no set of reals with known ends. Two numbers in parentheses are an open interval. */
export function regionOf(node: Node): Maybe {
  switch (node.kind) {
    case "interval":
      return intervalRegion(node.parts, node.name);
    case "tuple":
      return node.parts.length === 2 ? intervalRegion(node.parts, "()") : undefined;
    case "named-set":
      return node.name === "R" ? REALS : node.name === "empty" ? EMPTY : undefined;
    case "set":
    case "list":
    case "union":
      return union(node.parts.map(memberRegion));
    case "intersection":
      return intersection(node.parts.map(memberRegion));
    case "difference":
      return without(node.parts.map(memberRegion));
    case "sum":
      return differenceOfSets(node.parts);
    case "builder":
      return builderRegion(node.parts);
    default:
      return undefined;
  }
}

/** A set, or a number as the set of itself. */
function memberRegion(node: Node): Maybe {
  const point = endOf(node);
  return point !== undefined && Number.isFinite(point) ? { has: (x) => same(x, point), ends: [point] } : regionOf(node);
}

function intervalRegion([from, to]: readonly Node[], brackets: string): Maybe {
  const [low, high] = [from && endOf(from), to && endOf(to)];
  if (low === undefined || high === undefined || low > high) return undefined;
  const [holdsLow, holdsHigh] = [brackets.startsWith("["), brackets.endsWith("]")];
  return {
    has: (x) => (x > low && x < high && !same(x, low) && !same(x, high)) || isEnd(x),
    ends: [low, high].filter(Number.isFinite),
  };
  function isEnd(x: number): boolean {
    const [atLow, atHigh] = [same(x, low ?? x), same(x, high ?? x)];
    return (atLow || atHigh) && (!atLow || holdsLow) && (!atHigh || holdsHigh);
  }
}

/** What a rule takes of several regions, if all are known. */
function combined(regions: readonly Maybe[], has: (regions: readonly Region[], x: number) => boolean): Maybe {
  const known = regions.filter((region) => region !== undefined);
  return known.length > 0 && known.length === regions.length
    ? { has: (x) => has(known, x), ends: known.flatMap(({ ends }) => ends) }
    : undefined;
}

/** What is in any of them. */
export const union = (regions: readonly Maybe[]): Maybe =>
  combined(regions, (known, x) => known.some((region) => region.has(x) === true));
const intersection = (regions: readonly Maybe[]): Maybe =>
  combined(regions, (known, x) => known.every((region) => region.has(x) === true));
/** What is in the first alone. */
const without = (regions: readonly Maybe[]): Maybe =>
  combined(regions, (known, x) => known.every((region, index) => region.has(x) === (index === 0)));

/** \mathbb{R} - \{0\} */
function differenceOfSets(terms: readonly Node[]): Maybe {
  const sets = terms.map((term, index) => (index > 0 && term.kind === "product" ? term.parts[1] : term));
  const areSets = sets.every((set) => set && /^(?:set|named-set|interval)$/.test(set.kind));
  return areSets ? without(sets.map((set) => set && memberRegion(set))) : undefined;
}

/** { x ∈ ℝ | x > 0 } */
function builderRegion([element, ...conditions]: readonly Node[]): Maybe {
  const isMember = element?.kind === "relation" && element.name === "∈";
  const name = isMember ? element.parts[0] : element;
  return name?.kind === "symbol"
    ? relationsRegion(isMember ? [element, ...conditions] : conditions, name.name)
    : undefined;
}

/** The reals for which all relations hold, by the variable's name. */
export const relationsRegion = (relations: readonly Node[], name: string): Maybe =>
  intersection(relations.map((relation) => relationRegion(relation, name)));

function relationRegion(node: Node, name: string): Maybe {
  if (node.kind !== "relation") return regionOf(node);
  const [left, right] = node.parts;
  if (node.name === "∈" || node.name === "∉") {
    const region = left.name === name && right ? regionOf(right) : undefined;
    return node.name === "∈" ? region : without([REALS, region]);
  }
  if ([...variables(node)].join() !== name) return undefined;
  return { has: (x) => holds(node, evaluationAt(name, x)), ends: [...constants(node), ...changes(node, name)] };
}

/** Values of the constants that are written in it, and their opposites: where an inequality often changes. */
function constants(node: Node): number[] {
  if (variables(node).size > 0) return node.parts.flatMap(constants);
  const value = endOf(node);
  return value !== undefined && Number.isFinite(value) ? [value, -value] : [];
}

/** Where left − right of neighbouring sides changes its sign, found on a grid and by halving. */
function changes({ parts }: Relation, name: string): number[] {
  const found: number[] = [];
  for (const [index, right] of parts.entries()) {
    const left = parts[index - 1];
    if (left === undefined) continue;
    const at = (x: number): number => {
      const run = evaluationAt(name, x);
      const [a, b] = [evaluate(left, run), evaluate(right, run)];
      return a?.im === 0 && b?.im === 0 ? a.re - b.re : Number.NaN;
    };
    for (let step = -40; step < 40; step++) {
      let [low, high] = [grid(step), grid(step + 1)];
      const below = at(low);
      if (below === 0) found.push(low);
      if (!(below * at(high) < 0)) continue;
      for (let halving = 0; halving < 60; halving++) {
        const middle = (low + high) / 2;
        if (below * at(middle) > 0) low = middle;
        else high = middle;
      }
      found.push(high);
    }
  }
  return found;
}

/** Dense near zero and wide enough for the numbers of exercises. */
const grid = (step: number): number => 0.037 + Math.sign(step) * (Math.expm1(Math.abs(step) / 5.5) / 1.7);

/** Whether nothing is in it. */
export const isEmpty = (region: Region): boolean => equalRegions(region, EMPTY);

/** Ends of both together; with more of them they are not compared. */
const MOST_ENDS = 400;

/** Whether two regions hold the same numbers, tried at every end, beside it and between ends. */
export function equalRegions(a: Region, b: Region): boolean {
  const ends = [...a.ends, ...b.ends]
    .toSorted((left, right) => left - right)
    .filter((end, index, all) => !same(end, all[index - 1] ?? Number.NaN));
  if (ends.length > MOST_ENDS) return false;
  const [first = 0, last = 0] = [ends[0], ends.at(-1)];
  const points = [first - 1e6, first - 0.731, last + 0.731, last + 1e6];
  for (const [index, end] of ends.entries()) {
    const next = ends[index + 1] ?? end;
    points.push(end, ...[0.17, 0.5, 0.83].map((share) => end + share * (next - end)));
  }
  const answers = points.map((point) => [a.has(point), b.has(point)] as const);
  // Where there is no value, nothing is in it.
  return (
    answers.every(([left = false, right = false]) => left === right) &&
    answers.filter(([left, right]) => left !== undefined && right !== undefined).length >= 3
  );
}
