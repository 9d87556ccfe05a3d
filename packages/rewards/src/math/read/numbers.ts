// The values of number tokens: decimals, repeating decimals, scientific notation.
import { multiply, parseDecimal, rational } from "../number/rational.js";
import { type Node, number } from "./nodes.js";
import type { Token } from "./tokens.js";

/** A number token's value. */
export function numberOf(token: Token): Node {
  const { value, repeat, exponent } = token;
  if (repeat !== undefined) {
    // 0.1(6) = (16 − 1) / 90
    const [whole = "", fraction = ""] = value.split(".");
    const before = BigInt(whole + fraction);
    const scale = 10n ** BigInt(fraction.length);
    const exact = rational(
      before * (10n ** BigInt(repeat.length) - 1n) + BigInt(repeat),
      scale * (10n ** BigInt(repeat.length) - 1n),
    );
    if (exact) return number(exact);
  }
  const plain = parseDecimal(value);
  if (exponent === undefined) return number(plain, value.includes("."));
  const factor = rational(exponent > 0 ? 10n ** BigInt(exponent) : 1n, exponent < 0 ? 10n ** BigInt(-exponent) : 1n);
  return number((factor && multiply(plain, factor)) ?? plain, true);
}
