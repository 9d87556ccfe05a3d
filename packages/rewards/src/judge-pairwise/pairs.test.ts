import { expect, test } from "vitest";
import { pairsOf } from "./pairs.js";

const counts = [0, 1, 2, 3, 4, 5, 8, 16, 17];

const opponentsOf = (pairs: readonly (readonly [number, number])[], place: number): number =>
  pairs.filter((pair) => pair.includes(place)).length;

test.each(counts)("of %i, everyone meets everyone once", (count) => {
  const pairs = pairsOf(count, null, 7);
  const distinct = new Set(pairs.map((pair) => [...pair].sort((left, right) => left - right).join()));
  expect(pairs).toHaveLength((count * (count - 1)) / 2);
  expect(distinct.size).toBe(pairs.length);
  expect(pairs.every(([first, second]) => first !== second)).toBe(true);
});

test.each(counts.slice(2))("of %i, everyone meets as many as asked, and no more than one too many", (count) => {
  for (let opponents = 1; opponents <= count + 1; opponents++) {
    for (const seed of [0, 1, 2 ** 32 - 1]) {
      const pairs = pairsOf(count, opponents, seed);
      const met = Array.from({ length: count }, (_, place) => opponentsOf(pairs, place));
      const wanted = Math.min(opponents, count - 1);
      expect(new Set(met).size).toBe(1);
      expect(met[0]).toBeGreaterThanOrEqual(wanted);
      expect(met[0]).toBeLessThanOrEqual(wanted + 1);
    }
  }
});

test("another seed has others meet", () => {
  expect(pairsOf(8, 2, 0)).not.toEqual(pairsOf(8, 2, 1));
  expect(pairsOf(8, 2, 0)).toEqual(pairsOf(8, 2, 3));
});
