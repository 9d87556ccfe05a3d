/**
 * From the tokens of a `combine` expression to its tree, with places and with names as they stand. Precedence is that
 * of mathjs: `? :`, or, and, comparisons (in chains), + -, * /, the signs and `not`, ^ from right to left.
 */
import { tokenize, type Token } from "./tokens.js";

/** A part of an expression, before its names are looked up. */
export type Syntax = {
  /** The token that says what it is. */
  readonly token: Token;
} & (
  | { readonly kind: "number" | "name" | "text" }
  | { readonly kind: "call"; readonly values: readonly Syntax[] }
  | { readonly kind: "prefix"; readonly operand: Syntax }
  | { readonly kind: "infix"; readonly left: Syntax; readonly right: Syntax }
  /** `0 < x < 1`: one sign less than values. */
  | { readonly kind: "comparison"; readonly values: readonly Syntax[]; readonly signs: readonly Token[] }
  | { readonly kind: "condition"; readonly test: Syntax; readonly whenTrue: Syntax; readonly whenFalse: Syntax }
);

/** Throws an error about a place of the expression. */
export type Refuse = (problem: string, at: number) => never;

/** Parentheses, calls, signs and conditions in each other. */
const deepest = 200;

const comparisons = ["<", "<=", ">", ">=", "==", "!="];
/** Words that other languages of formulas have for operators. */
const foreignWords = ["xor", "mod", "to", "in"];

/** What the sign means that stands where none is allowed; all others are operators. */
const meanings: Readonly<Record<string, string>> = {
  ".": "properties and indices are not allowed.",
  "?.": "properties and indices are not allowed.",
  "[": "properties and indices are not allowed.",
  ":": "ranges are not allowed.",
};

/** The whole text as one expression. */
export function parseSyntax(text: string, refuse: Refuse): Syntax {
  const tokens = tokenize(text);
  let position = 0;
  let depth = 0;
  const next = (): Token => tokens[position] as Token;
  const isNext = (...texts: readonly string[]): boolean => next().kind !== "text" && texts.includes(next().text);
  const take = (): Token => tokens[position++] as Token;

  const deeper = <Result>(parse: () => Result): Result => {
    if (++depth > deepest) refuse("it is nested too deeply.", next().at);
    const result = parse();
    depth--;
    return result;
  };

  const condition = (): Syntax =>
    deeper(() => {
      const test = infix(["or"], () => infix(["and"], comparison));
      if (!isNext("?")) return test;
      const token = take();
      const whenTrue = condition();
      if (!isNext(":")) refuse('"? :" needs a ":" and what holds otherwise.', next().at);
      take();
      return { kind: "condition", token, test, whenTrue, whenFalse: condition() };
    });

  /** From left to right. */
  const infix = (signs: readonly string[], operand: () => Syntax): Syntax => {
    let left = operand();
    while (isNext(...signs)) left = { kind: "infix", token: take(), left, right: operand() };
    return left;
  };

  const comparison = (): Syntax => {
    const [first, signs] = [sum(), [] as Token[]];
    const values = [first];
    while (isNext(...comparisons)) {
      signs.push(take());
      values.push(sum());
    }
    const [token] = signs;
    return token === undefined ? first : { kind: "comparison", token, values, signs };
  };

  const sum = (): Syntax => infix(["+", "-"], product);

  const product = (): Syntax => {
    let left = prefix();
    for (;;) {
      if (isNext("*", "/")) left = { kind: "infix", token: take(), left, right: prefix() };
      else if (startsValue(next())) missingSign();
      else return left;
    }
  };

  const prefix = (): Syntax => {
    if (!isNext("+", "-", "not")) return power();
    return deeper(() => ({ kind: "prefix", token: take(), operand: prefix() }));
  };

  /** A sign binds less than a power to its left, and more than one to its right: `-2 ^ -1` is `-(2 ^ (-1))`. */
  const power = (): Syntax => {
    const base = value();
    if (!isNext("^")) return base;
    return deeper(() => ({ kind: "infix", token: take(), left: base, right: prefix() }));
  };

  const value = (): Syntax => {
    const token = take();
    if (token.kind === "end") return refuse("Unexpected end of expression.", token.at);
    if (token.kind === "name" && !isOperator(token)) {
      return isNext("(") ? { kind: "call", token, values: deeper(inParentheses) } : { kind: "name", token };
    }
    if (token.kind === "number" || token.kind === "text") return { kind: token.kind, token };
    if (token.text === "(") {
      const inner = condition();
      close();
      return inner;
    }
    if (token.text === "[") return refuse("lists are not allowed.", token.at);
    if (token.text === "{") return refuse("objects are not allowed.", token.at);
    return refuse(`a value is expected instead of "${token.text}".`, token.at);
  };

  const inParentheses = (): readonly Syntax[] => {
    take();
    const values: Syntax[] = [];
    if (!isNext(")")) {
      values.push(condition());
      while (isNext(",")) {
        take();
        values.push(condition());
      }
    }
    close();
    return values;
  };

  const close = (): void => {
    if (next().kind === "end") refuse("Parenthesis ) expected.", next().at);
    if (!isNext(")")) unexpected();
    take();
  };

  const missingSign = (): never => {
    const before = tokens[position - 1] as Token;
    const opening = before.text === ")" ? openingOf(position - 1) : before.at;
    const meant = `${text.slice(opening, before.end)} * ${text.slice(next().at, endOfValue(position))}`;
    return refuse(`a sign is missing between two values: write ${meant}.`, next().at);
  };

  /** Where the parenthesis was opened that a token closes, or the name before it. */
  const openingOf = (closing: number): number => {
    let [index, open] = [closing, 0];
    do open += parenthesis(tokens[index--] as Token);
    while (open !== 0);
    const name = tokens[index];
    return name?.kind === "name" && !isOperator(name) ? name.at : (tokens[index + 1] as Token).at;
  };

  const endOfValue = (start: number): number => {
    let [index, open] = [start, 0];
    if (tokens[index]?.kind === "name" && tokens[index + 1]?.text === "(") index++;
    for (; index < tokens.length; index++) {
      open -= parenthesis(tokens[index] as Token);
      if (open <= 0) break;
    }
    return (tokens[index] ?? next()).end;
  };

  const unexpected = (): never => {
    const { text: sign, at } = next();
    if (sign === "=") {
      const isCall = tokens[position - 1]?.text === ")";
      refuse(isCall ? "function definitions are not allowed." : "assignments are not allowed.", at);
    }
    if (sign === ")" || sign === ",") refuse(`Unexpected "${sign}".`, at);
    return refuse(meanings[sign] ?? `the operator "${sign}" is not allowed.`, at);
  };

  const root = condition();
  if (next().kind !== "end") unexpected();
  return root;
}

function isOperator({ text }: Token): boolean {
  return ["and", "or", "not", ...foreignWords].includes(text);
}

function startsValue(token: Token): boolean {
  return token.kind === "number" || (token.kind === "name" && !isOperator(token)) || token.text === "(";
}

function parenthesis({ kind, text }: Token): number {
  if (kind !== "sign") return 0;
  return text === ")" ? 1 : text === "(" ? -1 : 0;
}
