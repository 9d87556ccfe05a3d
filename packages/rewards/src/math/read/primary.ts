// What a value may begin with: numbers, symbols, brackets, commands, functions.
import { EMPTY, readMark } from "./brackets.js";
import { readBig } from "./big-operators.js";
import { readEnvironment } from "./environments.js";
import { FUNCTION_SYMBOLS, readFunction, readFunctionArguments } from "./functions.js";
import {
  call,
  constant,
  integer,
  MINUS_ONE,
  negated,
  type Node,
  power,
  quotient,
  symbol,
  text,
  tree,
} from "./nodes.js";
import { name as nameOf } from "./print.js";
import { numberOf } from "./numbers.js";
import { at, expect, nested, peek, readEnclosed, type Reader, take, takeAll, unreadable } from "./reader.js";
import { symbolToken, type Token } from "./tokens.js";
import { ACCENTS } from "./vocabulary.js";

/** One value without what follows it. */
export function readPrimary(reader: Reader): Node {
  const token = peek(reader);
  if (token === undefined) return unreadable(reader, "a value is missing");
  reader.position++;
  switch (token.type) {
    case "number":
      return readNumber(reader, token);
    case "symbol":
      return readSymbol(reader, token.value);
    case "word":
      return readWord(reader, token.value);
    case "text": {
      let words = token.value;
      for (let next = peek(reader); next?.type === "text" || next?.type === "word"; next = peek(reader)) {
        words += ` ${next.value}`;
        reader.position++;
      }
      return text(words);
    }
    case "function":
      return readFunction(reader, token.value);
    case "relation":
      reader.position--;
      return unreadable(reader);
    default:
      return readCommand(reader, token.value);
  }
}

/** A number, with thousands separators where no list is meant. */
function readNumber(reader: Reader, token: Token): Node {
  let { value } = token;
  if (reader.brackets === 0 && reader.options.thousands && /^[1-9]\d{0,2}$/.test(value)) {
    for (;;) {
      const [comma, group] = [peek(reader), peek(reader, 1)];
      if (comma?.value !== "," || comma.space || group?.type !== "number" || group.space) break;
      if (!/^\d{3}(?:\.\d+)?$/.test(group.value)) break;
      value += group.value;
      reader.position += 2;
      reader.sawThousands = true;
      if (group.value.includes(".")) break;
    }
  }
  return numberOf(value === token.value ? token : { ...token, value });
}

function readSymbol(reader: Reader, letter: string): Node {
  let name = reader.options.caseSensitive ? letter : letter.toLowerCase();
  // A capital E is a name even where case does not count.
  if (letter === "E" && !at(reader, "_")) return readApplication(reader, name);
  if (at(reader, "_")) {
    reader.position++;
    const word = peek(reader);
    if (word?.type === "word") reader.position++;
    name += `_${word?.type === "word" ? word.value : nameOf(reader.grammar.script(reader))}`;
  } else if (name === "e") return constant("e");
  else if (name === "i" || name === "imath") return constant("i");
  while (take(reader, "'")) name += "'";
  return readApplication(reader, name);
}

/** f(x), f'(x), f^{-1}(x): functions by their usual names, or where the brackets hold one name and an equation follows. */
function readApplication(reader: Reader, name: string): Node {
  const usual = FUNCTION_SYMBOLS.test(name);
  // f{\left(x\right)}, as programs print it.
  if (at(reader, "{") && at(reader, "(", 1)) {
    reader.position++;
    const value = call(name, ...readFunctionArguments(reader));
    expect(reader, "}");
    return value;
  }
  if (at(reader, "(") && (usual || isDefinition(reader))) return call(name, ...readFunctionArguments(reader));
  if (usual && takeAll(reader, "^ { - 1 } (")) {
    reader.position--;
    const parameters = readFunctionArguments(reader);
    return reader.options.inverses ? call(`${name}^{-1}`, ...parameters) : power(call(name, ...parameters), MINUS_ONE);
  }
  return symbol(name);
}

/** y(x) = … */
function isDefinition(reader: Reader): boolean {
  const [inner, close, after] = [peek(reader, 1), peek(reader, 2), peek(reader, 3)];
  return (inner?.type === "symbol" || inner?.type === "number") && close?.value === ")" && after?.type === "relation";
}

/** Bare letters are a product: each becomes a token of its own, so that xy^2 squares y alone. */
function readWord(reader: Reader, word: string): Node {
  if (word.length > 2 && (peek(reader, -1)?.space || peek(reader)?.space)) reader.sawProse = true;
  const letters = [...word].map(symbolToken);
  reader.tokens.splice(reader.position - 1, 1, ...letters);
  return readSymbol(reader, word.slice(0, 1));
}

/** An argument of a command: a group, or one token. A number without braces gives one digit. */
export function readArgument(reader: Reader): Node {
  const token = peek(reader);
  if (token?.type === "number" && !at(reader, "{")) {
    if (!reader.options.shorthands) return unreadable(reader, "braces are missing");
    reader.position++;
    return numberOf(token);
  }
  return nested(reader, () => readPrimary(reader));
}

/** \frac12 is a half: the digits of one number are shared out. */
function readFraction(reader: Reader): Node {
  const token = peek(reader);
  if (token?.type === "number" && reader.options.shorthands && /^\d\d+$/.test(token.value)) {
    reader.position++;
    return quotient(integer(BigInt(token.value.slice(0, 1))), integer(BigInt(token.value.slice(1))));
  }
  const top = readArgument(reader);
  const bottom = readArgument(reader);
  return derivativeOf(top, bottom) ?? quotient(top, bottom);
}

/** dy/dx is a name and no quotient. */
function derivativeOf(top: Node, bottom: Node): Node | undefined {
  const isDifferential = (node: Node): boolean => {
    const first = node.kind === "product" ? node.parts[0] : node;
    const base = first.kind === "power" ? first.parts[0] : first;
    return base.kind === "symbol" && (base.name === "d" || base.name === "partial");
  };
  return isDifferential(top) && isDifferential(bottom) ? symbol(`${nameOf(top)}/${nameOf(bottom)}`) : undefined;
}

/** Commands that stand for a value by themselves. */
const VALUES: ReadonlyMap<string, Node> = new Map([
  ["∞", constant("infinity")],
  ["∅", EMPTY],
]);

/** What only raised is a value: degrees and primes. */
const RAISED: ReadonlyMap<string, Node> = new Map([
  ["circ", symbol("°")],
  ["°", symbol("°")],
  ["'", symbol("'")],
]);

/** Whether the token just read comes right after ^, perhaps in braces. */
const isRaised = (reader: Reader): boolean => at(reader, "^", -2) || (at(reader, "{", -2) && at(reader, "^", -3));

function readCommand(reader: Reader, command: string): Node {
  const value = VALUES.get(command) ?? (isRaised(reader) ? RAISED.get(command) : undefined);
  if (value) return value;
  switch (command) {
    case "frac":
      return readFraction(reader);
    case "binom":
      return call("binom", readArgument(reader), readArgument(reader));
    case "pi":
      return at(reader, "_") ? readSymbol(reader, "pi") : constant("pi");
    case "sum":
    case "prod":
    case "int":
    case "lim":
      return readBig(reader, command);
    case "begin":
      return readEnvironment(reader);
    case "mathbb":
      return readNamedSet(reader);
    case "langle":
      return tree("tuple", readEnclosed(reader, "rangle").elements);
    case "overline":
      return symbol(`overline ${nameOf(readArgument(reader))}`);
    case "angle":
    case "triangle":
      return symbol(`${command} ${nameOf(nested(reader, () => reader.grammar.postfix(reader)))}`);
    default:
      if (ACCENTS.test(command)) return readApplication(reader, `${command} ${nameOf(readArgument(reader))}`);
      return readMark(reader, command);
  }
}

function readNamedSet(reader: Reader): Node {
  const braces = take(reader, "{");
  const known = (peek(reader)?.value ?? "").toUpperCase();
  if (!/^[RZNQC]$/.test(known)) return unreadable(reader);
  reader.position++;
  if (braces) expect(reader, "}");
  let suffix = "";
  while (take(reader, "^") || take(reader, "_")) {
    const sign = ["+", "*", "-"].find((mark) => take(reader, mark) || takeAll(reader, `{ ${mark} }`));
    if (sign === undefined) return call(`space ${known}`, reader.grammar.script(reader));
    suffix += sign === "-" ? "-" : "+";
  }
  if (suffix === "") return tree("named-set", [], known);
  if (known !== "R") return symbol(`${known}${suffix}`);
  const [zero, infinity] = [integer(0), constant("infinity")];
  return tree("interval", suffix.includes("-") ? [negated(infinity), zero] : [zero, infinity], "()");
}
