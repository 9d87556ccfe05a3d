import { describe, expect, test } from "vitest";
import { philox, uniform } from "./uniform.js";

describe("philox", () => {
  test("gives the published words for a counter and key of zero", () => {
    expect(philox(0, 0, 0, 0).map((word) => word >>> 0)).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  });
});

describe("uniform", () => {
  const many = Array.from({ length: 40_000 }, (_, index) => uniform(7, 3, index % 200, Math.floor(index / 200)));

  test("depends on each of seed, step, row and position, and on nothing else", () => {
    const base = uniform(42, 1, 2, 3);
    expect(uniform(42, 1, 2, 3)).toBe(base);
    const others = [uniform(43, 1, 2, 3), uniform(42, 2, 2, 3), uniform(42, 1, 3, 3), uniform(42, 1, 2, 4)];
    expect(new Set([base, ...others, uniform(42 + 2 ** 32, 1, 2, 3)]).size).toBe(6);
  });

  test("has the mean and the variance of a uniform distribution", () => {
    const mean = many.reduce((sum, u) => sum + u, 0) / many.length;
    const variance = many.reduce((sum, u) => sum + (u - mean) ** 2, 0) / many.length;
    // Four standard errors.
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / many.length));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(4 * Math.sqrt(1 / 180 / many.length));
  });

  test("fills 100 bins evenly", () => {
    const bins = new Float64Array(100);
    for (const u of many) bins[Math.floor(u * 100)] = (bins[Math.floor(u * 100)] as number) + 1;
    const expected = many.length / 100;
    const chiSquare = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeGreaterThan(99 - 4 * Math.sqrt(198));
    expect(chiSquare).toBeLessThan(99 + 4 * Math.sqrt(198));
  });

  test.each([
    ["rows", (i: number) => [uniform(1, 0, i, 5), uniform(1, 0, i + 1, 5)]],
    ["positions", (i: number) => [uniform(1, 0, 5, i), uniform(1, 0, 5, i + 1)]],
    ["steps", (i: number) => [uniform(1, i, 5, 5), uniform(1, i + 1, 5, 5)]],
    ["seeds", (i: number) => [uniform(i, 0, 5, 5), uniform(i + 1, 0, 5, 5)]],
  ] as const)("has no correlation between neighbouring %s", (_, pair) => {
    const count = 10_000;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const [a, b] = pair(i) as [number, number];
      sum += (a - 0.5) * (b - 0.5);
    }
    expect(Math.abs((12 * sum) / count)).toBeLessThan(4 / Math.sqrt(count));
  });

  test("times any total stays below it in float32", () => {
    const largest = 1 - 2 ** -23;
    expect(Math.max(...many)).toBeLessThanOrEqual(largest);
    const totals = [1, 1 + 2 ** -23, 2 - 2 ** -23, 1e-30, 3.3e7, ...many.map((u) => u * 50 + 1e-6)].map(Math.fround);
    expect(totals.filter((total) => Math.fround(largest * total) >= total)).toEqual([]);
  });
});
