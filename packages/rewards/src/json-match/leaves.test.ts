import fc from "fast-check";
import { expect, it } from "vitest";
import { commonLeaves, leavesOf } from "./leaves.js";

const exact = { caseSensitive: true, tolerance: 0 };

it.each([true, false])("a value has all its leaves in common with itself (ordered: %s)", (ordered) => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const { leaves, count } = leavesOf(value, { ordered });
      expect(commonLeaves(leaves, leaves, exact)).toBe(count);
    }),
  );
});

it("lists in any order have all their leaves in common where order does not matter", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.integer(), fc.string(), fc.boolean())), (list) => {
      const [one, other] = [list, list.toReversed()].map((value) => leavesOf(value, { ordered: false }));
      expect(commonLeaves(one!.leaves, other!.leaves, exact)).toBe(one!.count);
    }),
  );
});

it("names that look like paths are kept apart", () => {
  const [one, other] = [{ "a.b": 1 }, { a: { b: 1 } }].map((value) => leavesOf(value, { ordered: true }));
  expect(commonLeaves(one!.leaves, other!.leaves, exact)).toBe(0);
});

it("lists nested 30,000 deep are read to a depth that fits into memory", () => {
  const deep: unknown = JSON.parse(`${"[1,".repeat(30_000)}1${"]".repeat(30_000)}`);
  expect(leavesOf(deep, { ordered: true }).count).toBe(101);
});
