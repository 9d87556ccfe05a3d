import fc from "fast-check";
import { expect, it } from "vitest";
import { editDistance } from "./edit-distance.js";

it.each([
  ["kitten", "sitting", 3],
  ["", "", 0],
  ["", "abc", 3],
  ["abc", "", 3],
  ["flaw", "lawn", 2],
  ["é", "e\u0301", 2],
  ["ab".repeat(500), "ba".repeat(500), 2],
])("from %j to %j is %d", (first, second, distance) => {
  expect(editDistance(first, second)).toBe(distance);
});

/** Row by row (Wagner and Fischer, 1974). */
function byTable(first: string, second: string): number {
  let above = Array.from({ length: second.length + 1 }, (_, column) => column);
  for (let row = 1; row <= first.length; row++) {
    const next = [row];
    for (let column = 1; column <= second.length; column++) {
      const changed = first[row - 1] === second[column - 1] ? 0 : 1;
      next.push(Math.min((above[column - 1] ?? 0) + changed, (above[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    above = next;
  }
  return above[second.length] ?? 0;
}

const few = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 200 });
const any = fc.string({ unit: "binary", maxLength: 150 });

it.each([
  ["few letters", few, few],
  ["any letters", any, any],
  ["few letters and any", few, any],
])("agrees with the table of all prefixes on texts of %s", (_, firsts, seconds) => {
  fc.assert(
    fc.property(firsts, seconds, (first, second) => {
      expect(editDistance(first, second)).toBe(byTable(first, second));
    }),
  );
});

it("agrees with it at every length around those of machine words", () => {
  for (const length of [31, 32, 33, 63, 64, 65, 95, 96, 97, 127, 128, 129]) {
    const first = Array.from({ length }, (_, index) => "abcd"[((index * index) % 7) % 4]).join("");
    const second = Array.from({ length: length + 3 }, (_, index) => "abcd"[((index * 3) % 5) % 4]).join("");
    expect(editDistance(first, second)).toBe(byTable(first, second));
    expect(editDistance(second, first)).toBe(byTable(first, second));
  }
});
