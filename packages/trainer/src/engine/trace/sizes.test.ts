/** Reading numbers as sums and products of symbols. */
import { describe, expect, test } from "vitest";
import { addSizes, fixedSize, SizeTable, soleSymbol, spellSize, standInSets } from "./sizes.js";

describe.each(Array.from({ length: standInSets }, (_, set) => set))("with stand-ins %i", (set) => {
  const table = new SizeTable(["rows", "length", "past"], set);
  const [rows, length, past] = ["rows", "length", "past"].map((symbol) => table.standIn(symbol)) as [
    number,
    number,
    number,
  ];

  test.each<[string, number, string]>([
    ["a fixed size", 4096, "4096"],
    ["a large fixed size", 151936, "151936"],
    ["a symbol", rows, "1*rows"],
    ["a product of symbols", rows * length, "1*length*rows"],
    ["a multiple of a product", rows * length * 576, "576*length*rows"],
    ["one more", length + 1, "1+1*length"],
    ["one less", length - 1, "-1+1*length"],
    ["a sum of symbols", length + past, "1*length+1*past"],
    ["a multiple of one more", 12 * (length + 1) * rows, "12*length*rows+12*rows"],
  ])("%s is read", (_, value, spelling) => {
    if (spelling.startsWith("12*")) table.learn(length + 1, addSizes(table.read(length), new Map([["", 1]])));
    expect(spellSize(table.read(value))).toBe(spelling);
  });

  test("only a lone symbol has a name, and only fixed sizes a number", () => {
    expect(soleSymbol(table.read(rows))).toBe("rows");
    expect(soleSymbol(table.read(rows * 2))).toBeNull();
    expect(fixedSize(table.read(12))).toBe(12);
    expect(fixedSize(table.read(0))).toBe(0);
    expect(fixedSize(table.read(past))).toBeNull();
  });
});

test("without symbols every number is itself", () => {
  const table = new SizeTable([], 0);
  expect(table.isStatic).toBe(true);
  expect(fixedSize(table.read(7001))).toBe(7001);
});
