// JSON as the set of its leaves: what two values have in common, field by field.

/** What has no fields. An empty object or list stands as null under a path of its own. */
export type Leaf = string | number | boolean | null;

/** Leaves by the path that leads to them; several share one where lists have no order. */
export type Leaves = ReadonlyMap<string, readonly Leaf[]>;

export interface LeafOptions {
  /** Whether a list's elements are known by their places. */
  readonly ordered: boolean;
}

interface Waiting {
  readonly path: string;
  readonly depth: number;
  readonly value: unknown;
}

/** What is nested deeper is one leaf: paths of a policy's 30,000 brackets would fill the memory. */
const DEEPEST = 100;

/** The path of an empty object or list; quoted names hold no U+0000. */
const emptyPath = (path: string, kind: string): string => `${path}\u0000${kind}`;

function fieldsOf({ path, depth, value }: Waiting, { ordered }: LeafOptions): Waiting[] {
  if (depth === DEEPEST) return [];
  if (Array.isArray(value)) {
    return value.map((element, index) => ({
      path: `${path}[${ordered ? index : ""}]`,
      depth: depth + 1,
      value: element as unknown,
    }));
  }
  return Object.entries(value as object).map(([name, field]) => ({
    path: `${path}.${JSON.stringify(name)}`,
    depth: depth + 1,
    value: field as unknown,
  }));
}

/** The leaves of a JSON value, and their number. Linear in its size. */
export function leavesOf(root: unknown, options: LeafOptions): { readonly leaves: Leaves; readonly count: number } {
  const leaves = new Map<string, Leaf[]>();
  const waiting: Waiting[] = [{ path: "", depth: 0, value: root }];
  let count = 0;
  const add = (path: string, leaf: Leaf): void => {
    const there = leaves.get(path);
    if (there) there.push(leaf);
    else leaves.set(path, [leaf]);
    count++;
  };
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, value } = next;
    if (typeof value !== "object" || value === null) {
      add(path, value as Leaf);
      continue;
    }
    const fields = fieldsOf(next, options);
    if (fields.length === 0) add(emptyPath(path, Array.isArray(value) ? "[]" : "{}"), null);
    for (const field of fields) waiting.push(field);
  }
  return { leaves, count };
}

export interface Sameness {
  readonly caseSensitive: boolean;
  /** How far a number may be from the right one, as a share of it. */
  readonly tolerance: number;
}

const keyOf = (leaf: Leaf, caseSensitive: boolean): string =>
  JSON.stringify(typeof leaf === "string" && !caseSensitive ? leaf.toLowerCase() : leaf);

/** Pairs of numbers that are near enough, each used once; both sorted, so that one pass finds them. */
function nearPairs(gold: readonly number[], found: readonly number[], tolerance: number): number {
  const [wanted, given] = [gold.toSorted((a, b) => a - b), found.toSorted((a, b) => a - b)];
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

const isNumber = (leaf: Leaf): leaf is number => typeof leaf === "number";

/** Leaves of one path that both have, each used once. */
function commonOfPath(gold: readonly Leaf[], found: readonly Leaf[], { caseSensitive, tolerance }: Sameness): number {
  const left = new Map<string, number>();
  for (const leaf of found) {
    if (isNumber(leaf)) continue;
    const key = keyOf(leaf, caseSensitive);
    left.set(key, (left.get(key) ?? 0) + 1);
  }
  let common = nearPairs(gold.filter(isNumber), found.filter(isNumber), tolerance);
  for (const leaf of gold) {
    const key = keyOf(leaf, caseSensitive);
    const count = left.get(key) ?? 0;
    if (isNumber(leaf) || count === 0) continue;
    left.set(key, count - 1);
    common++;
  }
  return common;
}

/** Leaves that two values have in common. */
export function commonLeaves(gold: Leaves, found: Leaves, sameness: Sameness): number {
  let common = 0;
  for (const [path, leaves] of gold) common += commonOfPath(leaves, found.get(path) ?? [], sameness);
  return common;
}
