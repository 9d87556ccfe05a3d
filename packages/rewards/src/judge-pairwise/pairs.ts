// Which completions of a group are compared with which.

/** Two places in a group. */
export type Pair = readonly [first: number, second: number];

/**
 * Pairs such that each of `count` places meets `opponents` others (or all, where that is null or more than there are;
 * or one more, where an odd number does not work out), and no two meet twice. Fewer than all are those at certain
 * distances around a circle, which begin with another distance for each seed.
 */
export function pairsOf(count: number, opponents: number | null, seed: number): readonly Pair[] {
  const places = Array.from({ length: count }, (_, place) => place);
  const at = (distance: number, from: readonly number[]) =>
    from.map((place): Pair => [place, (place + distance) % count]);
  const wanted = Math.min(opponents ?? count, count - 1);
  // At each of these distances a place meets two others; half way around an even circle, one.
  const distances = Math.max(0, Math.floor((count - 1) / 2));
  const hasHalf = count % 2 === 0;
  const turns = hasHalf ? Math.floor(wanted / 2) : Math.ceil(wanted / 2);
  const chosen = Array.from({ length: Math.max(0, turns) }, (_, turn) => 1 + ((seed + turn) % distances));
  const pairs = chosen.flatMap((distance) => at(distance, places));
  return hasHalf && wanted % 2 === 1 ? [...pairs, ...at(count / 2, places.slice(0, count / 2))] : pairs;
}
