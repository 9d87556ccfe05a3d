import { expect, test } from "vitest";
import { heldOutRows, trainingRows } from "./sums.js";

test("every row is a right sum of three digits, and none is there twice", () => {
  const rows = [...trainingRows(), ...heldOutRows()];
  expect(rows).toHaveLength(64);
  for (const { prompt, answer } of rows) {
    const [, left, right] = /^(\d{3})\+(\d{3})=$/.exec(prompt) ?? [];
    expect(Number(left) + Number(right)).toBe(Number(answer));
  }
  expect(new Set(rows.map(({ prompt }) => prompt)).size).toBe(64);
});
