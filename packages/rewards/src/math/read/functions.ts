// Functions with a name: what is their argument where no brackets say it.
import {
  call,
  constant,
  integer,
  isMinusOne,
  MINUS_ONE,
  negated,
  type Node,
  type Nodes,
  number,
  power,
  product,
  quotient,
  symbol,
} from "./nodes.js";
import {
  at,
  bracketed,
  expect,
  nested,
  peek,
  readEnclosed,
  readScripts,
  type Reader,
  take,
  unreadable,
} from "./reader.js";
import { canStart } from "./starts.js";
import { takesList } from "./vocabulary.js";

/** Letters that name functions where brackets follow. */
export const FUNCTION_SYMBOLS = /^(?:[fghFGH]|phi|varphi|psi|Phi|Psi)(?:_.*)?'*$/;

const TRIGONOMETRIC = /^(?:sin|cos|tan|cot|sec|csc)h?$/;

/** ( a, b ) */
export function readFunctionArguments(reader: Reader): Nodes {
  expect(reader, "(");
  return readEnclosed(reader, ")").elements;
}

/** \sin^2 x, \log_2 x, \sqrt[3]{x}, \min\{a, b\} */
export function readFunction(reader: Reader, name: string): Node {
  if (name === "sqrt") return readRoot(reader);
  if (name === "gamma" && !at(reader, "(")) return symbol(name);
  const [base, exponent] = readScripts(reader);
  const isInverse = exponent !== undefined && isMinusOne(exponent) && TRIGONOMETRIC.test(name);
  const parameters = takesList(name) ? readListed(reader) : [readFreeArgument(reader, name)];
  if (name === "cbrt" && parameters[0]) return power(parameters[0], fraction(3n));
  const value = call(isInverse ? `arc${name}` : name, ...parameters, ...(base ? [base] : []));
  return exponent === undefined || isInverse ? value : power(value, exponent);
}

function readListed(reader: Reader): readonly Node[] {
  if (at(reader, "(")) return readFunctionArguments(reader);
  return take(reader, "\\{") ? readEnclosed(reader, "\\}").elements : [readFreeArgument(reader, "")];
}

/** What a function is applied to: one bracket, or the factors up to the next function, sign or slash. */
function readFreeArgument(reader: Reader, name: string): Node {
  const outside = reader.sawDegrees;
  reader.sawDegrees = false;
  let argument = nested(reader, () => {
    // sin(x)^2 is the square of sin(x), so nothing after the bracket belongs to the argument.
    if (at(reader, "(") || at(reader, "[")) return reader.grammar.primary(reader);
    const negative = take(reader, "-");
    const factors: Node[] = [];
    for (;;) {
      const token = peek(reader);
      if (token === undefined || token.type === "text" || !canStart(reader, token)) break;
      if (factors.length > 0 && (token.type === "function" || token.value === "int" || token.value === "sum")) break;
      if (factors.length > 0 && token.type === "number") break;
      if (factors.length > 0 && (at(reader, "(") || at(reader, "[")) && token.space) break;
      factors.push(reader.grammar.postfix(reader));
    }
    if (factors.length === 0) return unreadable(reader, "a function has no argument");
    const value = product(factors);
    return negative ? negated(value) : value;
  });
  if (reader.sawDegrees && reader.options.degrees && TRIGONOMETRIC.test(name)) {
    argument = product([argument, quotient(constant("pi"), integer(180))]);
  }
  reader.sawDegrees = outside;
  return argument;
}

const fraction = (denominator: bigint): Node => number({ numerator: 1n, denominator });

/** \sqrt{x}, \sqrt[n]{x}, \sqrt x, sqrt(x) */
function readRoot(reader: Reader): Node {
  let degree: Node | undefined;
  if (take(reader, "[")) {
    degree = bracketed(reader, false, () => reader.grammar.sum(reader));
    expect(reader, "]");
  }
  const token = peek(reader);
  if (token === undefined) return unreadable(reader, "a root has no argument");
  const inner = reader.grammar.argument(reader);
  return power(inner, degree === undefined ? fraction(2n) : power(degree, MINUS_ONE));
}
