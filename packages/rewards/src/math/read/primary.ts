// What a value may begin with: numbers, symbols, brackets, commands, functions.
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
import {
  at,
  bracketed,
  bracketStep,
  expect,
  nested,
  peek,
  readEnclosed,
  type Reader,
  take,
  takeAll,
  unreadable,
} from "./reader.js";
import { symbolToken, type Token } from "./tokens.js";
import { canStart } from "./starts.js";
import { ACCENTS } from "./vocabulary.js";

const EMPTY = tree("named-set", [], "empty");

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

/** Brackets around one value by what opens them: what closes them, and the function of what is inside. */
const ENCLOSING: ReadonlyMap<string, readonly [close: string, name: string]> = new Map(
  Object.entries({
    "⌊": ["⌋", "floor"],
    "⌈": ["⌉", "ceil"],
    lvert: ["rvert", "abs"],
    lVert: ["rVert", "norm"],
    "|": ["|", "abs"],
    "\\|": ["\\|", "norm"],
  } as const),
);

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

function readMark(reader: Reader, mark: string): Node {
  switch (mark) {
    case "(":
    case "[":
    case "]":
      return readBracket(reader, mark);
    case "{":
      return readGroup(reader);
    case "\\{":
      return readSet(reader, "\\}");
  }
  const [close, name] = ENCLOSING.get(mark) ?? [];
  if (close === undefined || name === undefined) {
    reader.position--;
    return unreadable(reader);
  }
  if (mark === "|" && take(reader, "|")) {
    const inner = readInside(reader, true);
    if (!takeAll(reader, "| |")) return unreadable(reader, '"||" is missing');
    return call("norm", inner);
  }
  const inner = readInside(reader, close === mark);
  expect(reader, close);
  return call(inner.kind === "matrix" && name === "abs" ? "det" : name, inner);
}

/** Between bars, another bar closes; other brackets keep bars apart. */
function readInside(reader: Reader, bars: boolean): Node {
  if (!bars) return bracketed(reader, false, () => reader.grammar.sum(reader));
  reader.bars++;
  const inner = nested(reader, () => reader.grammar.sum(reader));
  reader.bars--;
  return inner;
}

/** What TeX groups: a value, a set where commas are in it, or n \choose k. */
function readGroup(reader: Reader): Node {
  return bracketed(reader, false, () => {
    if (holdsComma(reader)) reader.brackets++;
    const { elements, end } = reader.grammar.elements(reader, ["}"]);
    if (end === undefined) return unreadable(reader, '"}" is missing');
    const [first] = elements;
    if (first === undefined) return emptyGroup(reader);
    return elements.length === 1 ? first : tree("set", elements);
  });
}

/** {} before something else is nothing. */
function emptyGroup(reader: Reader): Node {
  const token = peek(reader);
  if (token === undefined || !canStart(reader, token)) return unreadable(reader, "a group is empty");
  return reader.grammar.postfix(reader);
}

/** Whether a comma stands in the group at hand, outside inner brackets. Thousands look the same, unless space follows. */
function holdsComma(reader: Reader): boolean {
  let depth = 0;
  for (let ahead = 0; ; ahead++) {
    const token = peek(reader, ahead);
    if (token === undefined) return false;
    depth += bracketStep(token);
    if (depth < 0) return false;
    if (depth === 0 && token.value === "," && peek(reader, ahead + 1)?.space) return true;
  }
}

/** ( … ), [ … ], ] … [ and the half-open ones. */
function readBracket(reader: Reader, open: string): Node {
  const closings = open === "]" ? ["[", "]"] : open === "[" ? [")", "]", "["] : [")", "]"];
  const { elements, end } = bracketed(reader, true, () => {
    reader.reversed = open === "]";
    return reader.grammar.elements(reader, closings);
  });
  if (end === undefined) return unreadable(reader, "a bracket stays open");
  const [from] = elements;
  if (from === undefined) return unreadable(reader, "the brackets are empty");
  const closes = end === "]";
  if (open === "(" && end === ")") return elements.length === 1 ? from : tree("tuple", elements);
  if (elements.length === 2 && from.kind !== "relation")
    return tree("interval", elements, (open === "[" ? "[" : "(") + (closes ? "]" : ")"));
  if (open !== "[" || !closes) return unreadable(reader, "the brackets do not fit");
  return elements.length === 1 ? from : tree("tuple", elements);
}

/** { a, b } and { element | conditions }. */
function readSet(reader: Reader, close: string): Node {
  return bracketed(reader, true, () => {
    reader.builder = true;
    const { elements, end } = reader.grammar.elements(reader, [close, "|", ":"]);
    if (end === close) return elements.length === 0 ? EMPTY : tree("set", elements);
    reader.builder = false;
    const conditions = reader.grammar.elements(reader, [close]);
    if (conditions.end === undefined || elements.length !== 1) return unreadable(reader, "a brace stays open");
    return tree("builder", [...elements, ...conditions.elements]);
  });
}
