import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalDecimal, lastNumber } from "./decimal.js";

describe("canonicalDecimal", () => {
  it.each([
    ["1,290", "1290"],
    ["$1,290.00", "1290"],
    ["\\$5", "5"],
    ["-$5", "-5"],
    ["$-5", "-5"],
    ["€ 5".replace(" ", ""), "5"],
    ["5€", "5"],
    ["5 %", "5"],
    ["+7", "7"],
    ["−3", "-3"],
    [".5", "0.5"],
    ["5.", "5"],
    ["1e3", "1000"],
    ["1E-3", "0.001"],
    ["12000e-3", "12"],
    ["-0", "0"],
    ["000", "0"],
    ["1,234,567.8", "1234567.8"],
  ])("reads %j as %j", (text, number) => {
    expect(canonicalDecimal(text)).toBeDefined();
    expect(canonicalDecimal(text)).toBe(canonicalDecimal(number));
  });

  it.each([
    "",
    ".",
    "-",
    "$",
    "%",
    "1,2",
    "1,2345",
    "12,345,6",
    "1/2",
    "12 apples",
    "--5",
    "-$-5",
    "1e",
    "0x10",
    "NaN",
  ])("reads no number in %j", (text) => {
    expect(canonicalDecimal(text)).toBeUndefined();
  });

  it("reads no number whose exponent could not be counted", () => {
    expect(canonicalDecimal("1e9999999999")).toBeUndefined();
    expect(canonicalDecimal("1e999999999")).not.toBe(canonicalDecimal("1e999999998"));
  });

  it("is equal exactly for equal numbers", () => {
    const decimal = fc.record({
      digits: fc.bigInt({ min: -10_000n, max: 10_000n }),
      places: fc.nat({ max: 5 }),
    });
    const written = ({ digits, places }: { digits: bigint; places: number }) => {
      const text = String(digits < 0n ? -digits : digits).padStart(places + 1, "0");
      const whole = text.slice(0, text.length - places);
      return `${digits < 0n ? "-" : ""}${whole}.${text.slice(text.length - places)}`;
    };
    fc.assert(
      fc.property(decimal, decimal, (left, right) => {
        const same = left.digits * 10n ** BigInt(right.places) === right.digits * 10n ** BigInt(left.places);
        expect(canonicalDecimal(written(left)) === canonicalDecimal(written(right))).toBe(same);
      }),
    );
    fc.assert(
      fc.property(decimal, fc.nat({ max: 5 }), (number, zeros) => {
        const longer = {
          digits: number.digits * 10n ** BigInt(zeros),
          places: number.places + zeros,
        };
        expect(canonicalDecimal(written(longer))).toBe(canonicalDecimal(written(number)));
      }),
    );
  });
});

describe("lastNumber", () => {
  it.each([
    ["no number", undefined],
    ["3 days, 1,290 in all.", "1,290"],
    ["1, 2, 3", "3"],
    ["1,2,3", "3"],
    ["1,2345", "2345"],
    ["10-5", "5"],
    ["x-5", "5"],
    ["(10)-5", "5"],
    ["is -5", "-5"],
    ["= −5.50", "-5.50"],
    ["-$5", "-5"],
    ["$5", "5"],
    ["-5", "-5"],
    ["about .5", ".5"],
    ["2.5e3 metres", "2.5e3"],
    ["50%", "50"],
  ])("in %j is %j", (text, number) => {
    expect(lastNumber(text)).toBe(number);
  });
});
