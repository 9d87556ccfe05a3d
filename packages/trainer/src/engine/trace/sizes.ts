/**
 * Sizes that only a run knows. TensorFlow.js wants numbers while a program is recorded, so each symbol (`rows`,
 * `length`) is given a prime that stands in for it; numbers that come back are read as sums and products of symbols.
 *
 * Reading is a guess wherever a fixed size happens to be a multiple of a prime or next to one. A recorder therefore
 * records twice, with different primes, and accepts only equal graphs.
 */

/** A sum of products: from a product's symbols, sorted and joined by `*` ("" for none), to its factor. */
export type SizeExpression = ReadonlyMap<string, number>;

/** Sizes below this are never read as symbols. */
const smallestStandIn = 5003;

/** Stand-ins for each attempt, spread so that no two are near one another or near a power of two. */
const standIns: readonly (readonly number[])[] = [
  [7001, 9011, 11003, 13007],
  [7603, 9613, 11617, 13613],
  [6101, 5303, 10103, 12101],
  [5701, 9901, 10501, 12503],
];

/** How many sets of stand-ins there are: two for a first reading, two for another if those disagree. */
export const standInSets: number = standIns.length;

/** The most symbols that one program may use. */
export const mostSymbols: number = standIns[0]?.length ?? 0;

const constant = (value: number): SizeExpression => new Map(value === 0 ? [] : [["", value]]);

/** The sum of two sizes; `sign` -1 subtracts the second. */
export function addSizes(a: SizeExpression, b: SizeExpression, sign: 1 | -1 = 1): SizeExpression {
  const sum = new Map(a);
  for (const [product, factor] of b) {
    const total = (sum.get(product) ?? 0) + sign * factor;
    if (total === 0) sum.delete(product);
    else sum.set(product, total);
  }
  return sum;
}

/** The product of two sizes. */
function multiplySizes(a: SizeExpression, b: SizeExpression): SizeExpression {
  let result: SizeExpression = new Map();
  for (const [left, leftFactor] of a) {
    for (const [right, rightFactor] of b) {
      const symbols = [...left.split("*"), ...right.split("*")].filter((symbol) => symbol !== "").toSorted();
      result = addSizes(result, new Map([[symbols.join("*"), leftFactor * rightFactor]]));
    }
  }
  return result;
}

/** The size as a number, or null where it has symbols. */
export function fixedSize(size: SizeExpression): number | null {
  if (size.size === 0) return 0;
  return size.size === 1 ? (size.get("") ?? null) : null;
}

/** The symbol that the size is, or null where it is anything more. */
export function soleSymbol(size: SizeExpression): string | null {
  const [only] = size;
  if (size.size !== 1 || only === undefined) return null;
  return only[1] === 1 && only[0] !== "" && !only[0].includes("*") ? only[0] : null;
}

/** The size as a number where the symbols have these. */
export function evaluateSize(size: SizeExpression, symbols: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [product, factor] of size) {
    const factors = product === "" ? [] : product.split("*").map((symbol) => symbols.get(symbol) ?? Number.NaN);
    sum += factors.reduce((a, b) => a * b, factor);
  }
  return sum;
}

/** A spelling that is equal for equal sizes. */
export function spellSize(size: SizeExpression): string {
  const terms = [...size].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return terms.map(([product, factor]) => (product === "" ? `${factor}` : `${factor}*${product}`)).join("+") || "0";
}

/** The numbers that stand in for a program's symbols, and what is known of the sums made of them. */
export class SizeTable {
  readonly #standIns = new Map<string, number>();
  readonly #known = new Map<number, SizeExpression>();

  /** `attempt` picks the set of stand-ins. */
  constructor(symbols: readonly string[], attempt: number) {
    symbols.forEach((symbol, index) => {
      const prime = standIns[attempt]?.[index];
      if (prime === undefined) throw new RangeError(`no stand-in for symbol ${index} of attempt ${attempt}`);
      this.#standIns.set(symbol, prime);
      this.#known.set(prime, new Map([[symbol, 1]]));
    });
  }

  /** True where every size of the program is fixed. */
  get isStatic(): boolean {
    return this.#standIns.size === 0;
  }

  /** The number that stands in for a symbol. */
  standIn(symbol: string): number {
    const prime = this.#standIns.get(symbol);
    if (prime === undefined) throw new RangeError(`unknown symbol ${symbol}`);
    return prime;
  }

  /** Remembers what a number means, where an operator knows it (a concatenation, a slice). */
  learn(value: number, meaning: SizeExpression): void {
    if (fixedSize(meaning) === null) this.#known.set(value, meaning);
  }

  /** What a number means. */
  read(value: number): SizeExpression {
    if (this.isStatic || !Number.isInteger(value) || value < smallestStandIn) return constant(value);
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    for (const [symbol, prime] of this.#standIns) {
      if (value % prime === 0) return multiplySizes(new Map([[symbol, 1]]), this.read(value / prime));
    }
    for (const [sum, meaning] of this.#known) {
      if (sum > 1 && value % sum === 0) return multiplySizes(meaning, this.read(value / sum));
    }
    for (const [part, meaning] of this.#known) {
      const rest = value - part;
      if (Math.abs(rest) <= 2) return addSizes(meaning, constant(rest));
      const other = this.#known.get(rest);
      if (other !== undefined) return addSizes(meaning, other);
    }
    return constant(value);
  }
}
