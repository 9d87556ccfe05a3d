// Sums, products and powers: recursive descent over tokens. A juxtaposition binds tighter than a slash, as in
// Math-Verify: 1/2x is 1/(2x).
import { DEPTH, LimitError } from "../limits.js";
import { add, divide, isInteger, type Rational, rational } from "../number/rational.js";
import {
  call,
  integer,
  isMinusOne,
  isSame,
  MINUS_ONE,
  type Node,
  negated,
  number,
  power,
  product,
  quotient,
  remainderClass,
  sum,
  symbol,
  tree,
} from "./nodes.js";
import { at, markAt, nested, peek, type Reader, take, unreadable } from "./reader.js";
import { canStart } from "./starts.js";
import type { Token } from "./tokens.js";
import { isUnit, scaleOf } from "./vocabulary.js";

const CONDITION = /^(?:if|for|where|when|whenever|with|as|such that|provided|otherwise|since|because|while)\b/i;
const LIST_WORD = /^(?:and|or)$/;

/** A value after any number of signs. */
function readSigned(reader: Reader, readValue: (reader: Reader) => Node): Node {
  let [isNegative, branch] = [false, ""];
  for (let mark = markAt(reader); /^[-+±∓]$/.test(mark); mark = markAt(reader)) {
    if (mark === "-") isNegative = !isNegative;
    else if (mark !== "+") branch = mark;
    reader.position++;
  }
  const value = readValue(reader);
  const own = isNegative ? negated(value) : value;
  return branch === "" ? own : tree("plus-minus", [own], branch);
}

/** a + b − c ± d */
export function readSum(reader: Reader): Node {
  const terms: Node[] = [];
  do terms.push(readSigned(reader, readProduct));
  while (/^[-+±∓]$/.test(markAt(reader)));
  if (take(reader, "mod")) return call("mod", sum(terms), readProduct(reader));
  if (take(reader, "pmod")) return remainderClass(sum(terms), readProduct(reader));
  if (take(reader, "over")) return quotient(sum(terms), readSum(reader));
  return take(reader, "choose") ? call("binom", sum(terms), readSum(reader)) : sum(terms);
}

/** a · b / c, with juxtaposition. */
export function readProduct(reader: Reader): Node {
  let factors = [readJuxtaposed(reader)];
  for (;;) {
    const mark = markAt(reader);
    if (mark !== "*" && mark !== "/" && mark !== "bmod") return product(factors);
    reader.position++;
    if (mark !== "bmod" && skipUnit(reader)) continue;
    const value = readSigned(reader, readJuxtaposed);
    if (mark === "bmod") factors = [call("mod", product(factors), value)];
    else factors.push(mark === "*" ? value : power(value, MINUS_ONE));
  }
}

/** Factors without a sign between them; a whole number before a fraction is a mixed number. */
function readJuxtaposed(reader: Reader): Node {
  const factors: Node[] = [];
  let previous: Token | undefined;
  for (;;) {
    const token = peek(reader);
    if (factors.length > 0) {
      if (token === undefined) break;
      if (
        token.type === "text" ||
        (token.type === "word" && isTrailingUnit(reader, previous)) ||
        isUprightUnit(reader, token, previous)
      ) {
        if (LIST_WORD.test(token.value)) break;
        if (CONDITION.test(token.value)) {
          if (reader.brackets === 0) reader.position = reader.tokens.length;
          break;
        }
        const scale = scaleOf(token.value);
        if (scale !== undefined) factors.push(integer(scale));
        readUnit(reader);
        continue;
      }
      if (token.value === "frac" && skipUnitFraction(reader)) continue;
      if (!canStart(reader, token)) break;
      if (token.type === "number" && previous?.type === "number") {
        const fraction = token.space ? readSlashFraction(reader) : undefined;
        const whole = factors.at(-1);
        if (fraction === undefined || whole?.kind !== "number" || !isInteger(whole.value)) {
          return unreadable(reader, "a sign is missing before the number");
        }
        factors[factors.length - 1] = number(add(whole.value, fraction) ?? fraction);
        previous = undefined;
        continue;
      }
    }
    const start = reader.position;
    const factor = readPostfix(reader);
    const whole = factors.at(-1);
    const mixed = whole && start === reader.position ? undefined : mixedNumber(whole, previous, token, factor);
    if (mixed) factors[factors.length - 1] = mixed;
    else factors.push(factor);
    previous = reader.position === start + 1 ? token : undefined;
  }
  return product(factors);
}

/** 2\frac{1}{2}, also in percent. */
function mixedNumber(
  whole: Node | undefined,
  before: Token | undefined,
  token: Token | undefined,
  fraction: Node,
): Node | undefined {
  if (whole?.kind !== "number" || before?.type !== "number" || token?.value !== "frac" || !isInteger(whole.value))
    return undefined;
  if (fraction.kind === "percent") {
    const mixed = mixedNumber(whole, before, token, fraction.parts[0]);
    return mixed && tree("percent", [mixed]);
  }
  const [top, inverse] = fraction.parts;
  if (fraction.kind !== "product" || fraction.parts.length !== 2 || top?.kind !== "number") return undefined;
  const bottom = inverse?.kind === "power" && isMinusOne(inverse.parts[1]) ? inverse.parts[0] : undefined;
  if (bottom?.kind !== "number" || !isInteger(top.value) || !isInteger(bottom.value)) return undefined;
  const part = divide(top.value, bottom.value);
  const total = part && part.numerator > 0n ? add(whole.value, part) : undefined;
  return total && number(total);
}

/** a/b of plain whole numbers, as in 1 1/4. */
function readSlashFraction(reader: Reader): Rational | undefined {
  const [top, slash, bottom] = [peek(reader), peek(reader, 1), peek(reader, 2)];
  if (slash?.value !== "/" || top?.type !== "number" || bottom?.type !== "number") return undefined;
  if (top.value.includes(".") || bottom.value.includes(".") || slash.space || bottom.space) return undefined;
  const value = rational(BigInt(top.value), BigInt(bottom.value));
  if (!value || value.numerator >= value.denominator) return undefined;
  reader.position += 3;
  return value;
}

/** Whether the word begins a unit that ends the element: "12 square feet". After a number that may be anything. */
function isTrailingUnit(reader: Reader, previous: Token | undefined): boolean {
  let isKnown = true;
  for (let ahead = 0; ; ahead++) {
    const token = peek(reader, ahead);
    if (token === undefined || token.type === "relation" || /^(?:[,;]|and|or)$/.test(token.value)) {
      reader.sawProse ||= !isKnown;
      return ahead > 0;
    }
    if (token.type === "number" || /^(?:[\^/.]|per)$/.test(token.value)) continue;
    if (token.type !== "word" && token.type !== "text") return false;
    isKnown &&= isUnit(token.value);
    if (!isKnown && (previous?.type !== "number" || token.value.length < LEAST_LETTERS || !token.space)) return false;
  }
}

/** Fewer bare letters may be a product. */
const LEAST_LETTERS = 4;

/** \mathrm{m} after a number. */
function isUprightUnit(reader: Reader, token: Token, previous: Token | undefined): boolean {
  const isUnitLetter = token.type === "symbol" && token.upright && !/^[eid]$/.test(token.value);
  return isUnitLetter && previous?.value !== "^" && !at(reader, "_", 1) && !at(reader, "(", 1);
}

/** Takes a unit with its power and what it is divided by or multiplied with. */
function readUnit(reader: Reader): void {
  const start = reader.position;
  reader.position++;
  for (;;) {
    const token = peek(reader);
    if (token === undefined) break;
    if (at(reader, "^")) {
      reader.position++;
      readScript(reader);
    } else if (
      token.type === "text" ||
      (token.type === "word" && (token.value.length >= LEAST_LETTERS || isUnit(token.value))) ||
      (token.type === "symbol" && token.upright)
    ) {
      if (LIST_WORD.test(token.value) || CONDITION.test(token.value)) break;
      reader.position++;
    } else if ((at(reader, "/") || at(reader, "*") || at(reader, "-")) && startsUnit(peek(reader, 1))) {
      reader.position++;
    } else break;
  }
  reader.units.push(
    reader.tokens
      .slice(start, reader.position)
      .map(({ value }) => value)
      .join(" "),
  );
}

/** \frac{\text{km}}{\text{h}} */
function skipUnitFraction(reader: Reader): boolean {
  if (!at(reader, "{", 1) || !startsUnit(peek(reader, 2)) || !at(reader, "}", 3)) return false;
  if (!at(reader, "{", 4) || !startsUnit(peek(reader, 5))) return false;
  let end = 6;
  while (peek(reader, end) && !at(reader, "}", end)) end++;
  if (at(reader, "}", end + 1)) end++;
  reader.units.push(`${peek(reader, 2)?.value ?? ""} / ${peek(reader, 5)?.value ?? ""}`);
  reader.position += end + 1;
  return true;
}

const startsUnit = (token: Token | undefined): boolean =>
  token !== undefined && (token.type === "text" || (token.upright && token.type === "symbol"));

/** After * or /: a unit that is written so. */
function skipUnit(reader: Reader): boolean {
  const token = peek(reader);
  const isWord = token?.type === "word" && token.value.length > 2 && isUnit(token.value);
  if ((token?.type !== "text" && !isWord) || LIST_WORD.test(token.value)) return false;
  readUnit(reader);
  return true;
}

/** A primary with what follows it: powers, subscripts, factorials, primes, percent signs. */
export function readPostfix(reader: Reader): Node {
  let node = reader.grammar.primary(reader);
  for (let followers = 0; ; followers++) {
    if (followers > DEPTH) throw new LimitError("the answer is nested too deeply");
    const mark = markAt(reader);
    if (!/^[\^_!%'°]$/.test(mark)) return node;
    reader.position++;
    if (mark === "^") node = raised(reader, node, readExponent(reader));
    else if (mark === "_") node = inBase(node, readScript(reader));
    else if (mark === "!") node = call(take(reader, "!") ? "doublefactorial" : "factorial", node);
    else if (mark === "%") node = tree("percent", [node]);
    else node = raised(reader, node, symbol(mark));
  }
}

const inBase = (node: Node, base: Node): Node =>
  node.kind === "number" && isSame(base, integer(10)) ? node : call("base", node, base);

/** A power; or degrees, or a derivative, where that is how they are written. */
function raised(reader: Reader, base: Node, exponent: Node): Node {
  const mark = exponent.kind === "symbol" ? exponent.name : "";
  if (mark === "°") reader.sawDegrees = true;
  if (mark === "°" || !/^'+$/.test(mark)) return mark === "°" ? base : power(base, exponent);
  return base.kind === "symbol" ? symbol(base.name + mark) : call(`derivative${mark}`, base);
}

/** Powers of powers without brackets are read from the right. */
function readExponent(reader: Reader): Node {
  const exponent = readScript(reader);
  if (!at(reader, "^") || at(reader, "circ", 1)) return exponent;
  reader.position++;
  return power(
    exponent,
    nested(reader, () => readExponent(reader)),
  );
}

/** What stands after ^ or _: a group, or one token. */
export function readScript(reader: Reader): Node {
  const token = peek(reader);
  if (token === undefined) return unreadable(reader, "a value is missing");
  if (token.type === "number" && token.value.length > 1 && !token.value.includes(".") && reader.options.shorthands) {
    // TeX takes one digit; who writes x^10 means ten.
    reader.position++;
    return integer(BigInt(token.value));
  }
  if (at(reader, "-") || at(reader, "+")) {
    const negative = at(reader, "-");
    reader.position++;
    const value = reader.grammar.primary(reader);
    return negative ? negated(value) : value;
  }
  return reader.grammar.primary(reader);
}
