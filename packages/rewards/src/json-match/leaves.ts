// JSON as its leaves: how many of them two values have in common, field by field.

export interface Sameness {
  /** Whether a list's elements are known by their places. */
  readonly ordered: boolean;
  readonly caseSensitive: boolean;
  /** How far a number may be from the right one, as a share of it. */
  readonly tolerance: number;
}

/** Leaves of a value, of another, and of both. */
export interface CommonLeaves {
  readonly wanted: number;
  readonly given: number;
  readonly common: number;
}

/** What is nested deeper is one leaf: a policy's 30,000 brackets would fill the stack. */
const DEEPEST = 100;

/** What stands for the place of each element where lists have no order. */
const ANY_PLACE = -1;

/** What the right value has in one place; in several where lists have no order. */
interface Place {
  /** By a field's name or an element's place. */
  readonly inside: Map<string | number, Place>;
  /** How often each leaf that is no number is left, by {@link keyOf}. */
  readonly left: Map<string, number>;
  readonly numbers: number[];
  /** Numbers that the given value has in this place; they are collected only where the right value has one too. */
  readonly found: number[];
}

const newPlace = (): Place => ({ inside: new Map(), left: new Map(), numbers: [], found: [] });

/** What has no fields. Of an empty object or list, and of one that is nested too deeply, the brackets. */
type Leaf = string | number | boolean | null | Brackets;

class Brackets {
  constructor(readonly text: "[]" | "{}") {}
}

const NO_ELEMENTS = new Brackets("[]");
const NO_FIELDS = new Brackets("{}");

function keyOf(leaf: Exclude<Leaf, number>, caseSensitive: boolean): string {
  if (leaf instanceof Brackets) return leaf.text;
  return JSON.stringify(typeof leaf === "string" && !caseSensitive ? leaf.toLowerCase() : leaf);
}

interface Walk {
  readonly ordered: boolean;
  /** Where a value's field or element stands. */
  enter(place: Place | undefined, key: string | number): Place | undefined;
  leaf(place: Place | undefined, leaf: Leaf): void;
}

/** Tells of each leaf, without a list of them: a completion's 50,000 would take many megabytes. */
function walk(value: unknown, place: Place | undefined, depth: number, tell: Walk): void {
  if (typeof value !== "object" || value === null) {
    tell.leaf(place, value as Leaf);
  } else if (Array.isArray(value)) {
    if (value.length === 0 || depth === DEEPEST) tell.leaf(place, NO_ELEMENTS);
    else {
      for (const [index, element] of value.entries()) {
        walk(element, tell.enter(place, tell.ordered ? index : ANY_PLACE), depth + 1, tell);
      }
    }
  } else {
    const names = Object.keys(value);
    if (names.length === 0 || depth === DEEPEST) tell.leaf(place, NO_FIELDS);
    else {
      for (const name of names) {
        walk((value as Readonly<Record<string, unknown>>)[name], tell.enter(place, name), depth + 1, tell);
      }
    }
  }
}

/** Pairs of numbers that are near enough, each used once; both sorted, so that one pass finds them. */
function nearPairs({ numbers, found }: Place, tolerance: number): number {
  const [wanted, given] = [numbers.toSorted((a, b) => a - b), found.toSorted((a, b) => a - b)];
  let pairs = 0;
  for (let at = 0, other = 0; at < wanted.length && other < given.length;) {
    const [right, number] = [wanted[at] as number, given[other] as number];
    const near = Math.abs(number - right) <= tolerance * Math.abs(right);
    if (near) pairs++;
    if (near || number > right) at++;
    if (near || number <= right) other++;
  }
  return pairs;
}

/**
 * Counts the leaves of the right value and of the given one, and those that both have in one place, each used once.
 * Linear in their sizes but for sorting the numbers of a place.
 */
export function commonLeaves(gold: unknown, given: unknown, sameness: Sameness): CommonLeaves {
  const { ordered, caseSensitive, tolerance } = sameness;
  const root = newPlace();
  const withNumbers: Place[] = [];
  let wantedCount = 0;
  walk(gold, root, 0, {
    ordered,
    enter(place, key) {
      const there = place?.inside.get(key) ?? newPlace();
      place?.inside.set(key, there);
      return there;
    },
    leaf(place, leaf) {
      wantedCount++;
      if (typeof leaf === "number") {
        if (place?.numbers.push(leaf) === 1) withNumbers.push(place);
      } else {
        const key = keyOf(leaf, caseSensitive);
        place?.left.set(key, (place.left.get(key) ?? 0) + 1);
      }
    },
  });
  let givenCount = 0;
  let common = 0;
  walk(given, root, 0, {
    ordered,
    enter: (place, key) => place?.inside.get(key),
    leaf(place, leaf) {
      givenCount++;
      if (place === undefined) return;
      if (typeof leaf === "number") {
        if (place.numbers.length > 0) place.found.push(leaf);
      } else if (place.left.size > 0) {
        const key = keyOf(leaf, caseSensitive);
        const left = place.left.get(key) ?? 0;
        if (left === 0) return;
        place.left.set(key, left - 1);
        common++;
      }
    },
  });
  for (const place of withNumbers) common += nearPairs(place, tolerance);
  return { wanted: wantedCount, given: givenCount, common };
}
