// The values of number tokens: decimals, repeating decimals, scientific notation.
import { multiply, power, rational, type Result, whole, ZERO } from "../number/rational.js";
import { integer, type Node, number } from "./nodes.js";
import type { Token } from "./tokens.js";

const powerOfTen = (exponent: number): Result => power(whole(10n), whole(BigInt(exponent)));

/** A number token's value. */
export function numberOf({ value, repeat, exponent }: Token): Node {
  if (repeat === "" && exponent === 0 && !value.includes(".")) return integer(BigInt(value));
  const [digits = "", fraction = ""] = value.split(".");
  const before = BigInt(digits + fraction);
  // 0.1(6) = (16 − 1) / 90
  const nines = 10n ** BigInt(repeat.length) - 1n;
  const plain = repeat === "" ? whole(before) : (rational(before * nines + BigInt(repeat), nines) ?? ZERO);
  const scale = powerOfTen(exponent - fraction.length);
  const isDecimal = repeat === "";
  return number((scale && multiply(plain, scale)) ?? plain, isDecimal);
}
