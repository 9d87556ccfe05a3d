import fc from "fast-check";
import { expect, it } from "vitest";
import { commonInOrder } from "./common-in-order.js";

/** Letters as numbers. */
const numbers = (letters: Iterable<string>): Int32Array =>
  Int32Array.from(letters, (letter) => letter.charCodeAt(0) - 65);

const inOrder = (first: Iterable<string>, second: Iterable<string>): number =>
  commonInOrder(numbers(first), numbers(second));

it.each([
  ["ABCBDAB", "BDCABA", 4],
  ["abc", "abc", 3],
  ["abc", "cba", 1],
  ["abc", "", 0],
  ["", "abc", 0],
  ["aaa", "aa", 2],
])("of %s and %s", (first, second, length) => {
  expect(inOrder(first, second)).toBe(length);
});

/** Tries each subset of the shorter list, which only short lists allow. */
function bySubsets(first: readonly string[], second: readonly string[]): number {
  let most = 0;
  for (let mask = 0; mask < 2 ** first.length; mask++) {
    const chosen = first.filter((_, index) => (mask >> index) % 2 === 1);
    let found = 0;
    for (const item of second) if (item === chosen[found]) found += 1;
    if (found === chosen.length) most = Math.max(most, found);
  }
  return most;
}

it("agrees with trying everything", () => {
  const list = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 8 });
  fc.assert(
    fc.property(list, list, (first, second) => {
      expect(inOrder(first, second)).toBe(bySubsets(first, second));
    }),
  );
});

/** Row by row (Wagner and Fischer, 1974). */
function byTable(first: readonly string[], second: readonly string[]): number {
  let above = second.map(() => 0);
  for (const item of first) {
    const row: number[] = [];
    for (const [column, other] of second.entries()) {
      const longest = Math.max(above[column] ?? 0, row[column - 1] ?? 0);
      row.push(item === other ? (above[column - 1] ?? 0) + 1 : longest);
    }
    above = row;
  }
  return above.at(-1) ?? 0;
}

it("passes over what is in the first list alone", () => {
  expect(commonInOrder(Int32Array.of(-1, 0, 7, 1), Int32Array.of(0, 1, 2))).toBe(2);
});

it("agrees with the table of all prefixes on lists longer than a machine word", () => {
  const few = fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 28, maxLength: 140 });
  const many = fc.array(fc.constantFrom(..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"), { maxLength: 250 });
  fc.assert(
    fc.property(fc.oneof(few, many), fc.oneof(few, many), (first, second) => {
      expect(inOrder(first, second)).toBe(byTable(first, second));
    }),
  );
});
