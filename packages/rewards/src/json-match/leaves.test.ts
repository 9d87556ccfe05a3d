import fc from "fast-check";
import { expect, it } from "vitest";
import { commonLeaves } from "./leaves.js";

const exact = { ordered: true, caseSensitive: true, tolerance: 0 };

it.each([true, false])("a value has all its leaves in common with itself (ordered: %s)", (ordered) => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const { wanted, given, common } = commonLeaves(value, value, { ...exact, ordered });
      expect([given, common]).toEqual([wanted, wanted]);
    }),
  );
});

it("lists in any order have all their leaves in common where order does not matter", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.integer(), fc.string(), fc.boolean())), (list) => {
      const { wanted, common } = commonLeaves(list, list.toReversed(), { ...exact, ordered: false });
      expect(common).toBe(wanted);
    }),
  );
});

it.each([
  ["names that look like paths", { "a.b": 1 }, { a: { b: 1 } }],
  ["names that look like places", ["x"], { 0: "x" }],
  ["empty lists and empty objects", [], {}],
  ["nothing and null", [], null],
  ["texts that look like brackets", "[]", []],
  ["numbers and their texts", 1, "1"],
])("%s are kept apart", (_, gold, given) => {
  expect(commonLeaves(gold, given, exact)).toEqual({ wanted: 1, given: 1, common: 0 });
});

it("each leaf counts once", () => {
  const loose = { ...exact, ordered: false };
  expect(commonLeaves(["a", 1], ["a", "a", 1, 1], loose)).toEqual({ wanted: 2, given: 4, common: 2 });
});

it("fields of names that objects have by themselves are fields", () => {
  const value: unknown = JSON.parse('{"__proto__": 1, "constructor": {"length": 2}}');
  expect(commonLeaves(value, {}, exact)).toEqual({ wanted: 2, given: 1, common: 0 });
  expect(commonLeaves(value, value, exact).common).toBe(2);
});

it("lists nested 30,000 deep are read to a depth that fits the stack", () => {
  const deep: unknown = JSON.parse(`${"[1,".repeat(30_000)}1${"]".repeat(30_000)}`);
  expect(commonLeaves(deep, deep, exact)).toEqual({ wanted: 101, given: 101, common: 101 });
});
