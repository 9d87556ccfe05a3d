import fc from "fast-check";
import { expect, test } from "vitest";
import { readExactly, writeExactly } from "./exact-json.js";

const bits = (values: ArrayLike<number>): string => Buffer.from(Float64Array.from(values).buffer).toString("hex");

test("every number comes back with its bits", () => {
  fc.assert(
    fc.property(fc.array(fc.double()), (values) => {
      expect(bits(readExactly(writeExactly(values)) as number[])).toBe(bits(values));
    }),
  );
  expect(readExactly(writeExactly([-0, Number.NaN, Infinity, -Infinity, 0, 0.1]))).toEqual([
    ...[-0, Number.NaN, Infinity, -Infinity, 0, 0.1],
  ]);
});

test("typed arrays come back as their own kind, also parts of a larger buffer", () => {
  fc.assert(
    fc.property(fc.float32Array(), (values) => {
      const found = readExactly(writeExactly({ values: values.subarray(1) })) as { values: Float32Array };
      expect(found.values).toBeInstanceOf(Float32Array);
      expect(bits(found.values)).toBe(bits(values.subarray(1)));
    }),
  );
  expect(readExactly(writeExactly([Int32Array.of(1, -2), Float64Array.of(0.1)]))).toEqual([
    Int32Array.of(1, -2),
    Float64Array.of(0.1),
  ]);
});

test("everything else is JSON as it is", () => {
  const value = { a: [null, true, "x", { $other: "y" }], $number: 3 };
  expect(readExactly(writeExactly(value))).toEqual(value);
  expect(() => readExactly("{")).toThrow(SyntaxError);
});
