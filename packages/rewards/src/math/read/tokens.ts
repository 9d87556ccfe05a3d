// Cuts LaTeX or plain mathematical text into tokens. What only says how something looks is gone after this.
import { ANSWER_CHARACTERS, ANSWER_TOKENS, DIGITS, LimitError } from "../limits.js";
import { closingBrace } from "./braces.js";
import { asLatex } from "./unicode.js";
import { functionOf, markOf, markOfWord, meaningOf, relationOf, type Handled, type Role } from "./vocabulary.js";

export type TokenType =
  /** Digits, perhaps with a point. `value` has neither spaces nor separators. */
  | "number"
  /** Two or more bare letters in a row that are no function's name. */
  | "word"
  /** One letter, or a symbol's command such as `alpha`; upright text, trimmed; what a sign or another command means. */
  | Exclude<Role, Handled>;

export interface Token {
  readonly type: TokenType;
  readonly value: string;
  /** Whether space stands before it. */
  readonly space: boolean;
  /** A letter that is written as \mathrm{…}, \text{…}. */
  readonly upright: boolean;
  /** A repeating decimal's repeated digits. */
  readonly repeat: string;
  /** The power of ten of scientific notation. */
  readonly exponent: number;
}

/** A letter on its own. */
export const symbolToken = (value: string): Token => ({
  type: "symbol",
  value,
  space: false,
  upright: false,
  repeat: "",
  exponent: 0,
});

/** What hardly shows: space of any width, dollars, quotes. */
const SPACE = /(?:[\s~"`$]|\\(?![A-Za-z{}|\\%])(?:.|$))+/;
/** Between groups of three digits stands thin space, or a comma that TeX keeps from being followed by space. */
const NUMBER =
  /[1-9]\d{0,2}(?:(?:\s*\{[\s,]*\}\s*(?:\\!)?|\\?!?,\\!|\\[,:; ]|[~ ])\d{3}(?!\d))+(?:\.\d+)?|\d+\{,\}\d+|\d+(?:\.(?!\.)\d*)?|\.\d+/;
const SIGN = /\\[{}|\\%]|[<>!:=~]=|\*\*|\.+|[^\\\s~"`$]/;
const TOKEN = new RegExp(`(${SPACE.source})?(?:(${NUMBER.source})|\\\\([A-Za-z]+)|([A-Za-z]+)|(${SIGN.source}))`, "sy");
/** A decimal's repeated digits: a line or dots over them, or brackets around them. */
const REPEATED = /\\(?:overline|bar|dot)\s*\{?\s*(\d+)\s*\}?(?:\d*\\dot\s*\{?\d\}?)?|\((\d+)\)/y;
/** At a decimal's end one digit at least three times, or several at least twice; and that they go on. */
const PERIOD = /\.\d*?(?:(\d)\1\1+|(\d\d+?)\2+)$/;
const DOTS = /\s*(?:\\[lc]?dots|\.{2,}|…)/y;
const EXPONENT = /[eE]([-+]?\d{1,3})(?![\d.]*[A-Za-z])/y;
const ARGUMENT = /\s*\*?\s*\{/y;
/** Commands that are often run into the letters after them. */
const RUN_INTO = /^(?:q?quad|cdot|times|infty|sqrt|frac|pi|leq|geq|neq|cup|cap|pm(?!od$))(?=[A-Za-z])/;
/** Text in text that is looked into. */
const DEEPEST = 3;
/** Where a doubled backslash begins a row. */
const ROWS = /matrix|array|cases|align|gather/;

/** The tokens of a text. @throws LimitError for a text, a number or a list of tokens beyond the bounds. */
export function tokenize(source: string, scientific = true, depth = 0): Token[] {
  if (source.length > ANSWER_CHARACTERS) throw new LimitError("the answer is too long");
  // 3 x 10^5
  const plain = asLatex(source).replaceAll(/(?<=\d) ?x ?(?=10\^)/g, "*");
  // Elsewhere doubled backslashes before commands are a slip of whatever wrote the text.
  const text = ROWS.test(plain) ? plain : plain.replaceAll(/\\\\(?=[A-Za-z])/g, "\\");
  const tokens: Token[] = [];
  let position = 0;
  let space = false;
  const push = (type: TokenType, value: string, upright = false, repeat = "", exponent = 0): void => {
    if (tokens.length >= ANSWER_TOKENS) throw new LimitError("the answer has too many parts");
    tokens.push({ type, value, space, upright, repeat, exponent });
    space = false;
  };

  /** Takes what the pattern finds at the place at hand. */
  const take = (pattern: RegExp): readonly (string | undefined)[] | null => {
    pattern.lastIndex = position;
    const found = pattern.exec(text);
    if (found) position = pattern.lastIndex;
    return found;
  };

  /** What is in the braces that come next, perhaps to the text's end. */
  const takeArgument = (): string | undefined => {
    if (!take(ARGUMENT)) return undefined;
    const [start, end] = [position, closingBrace(text, position)];
    position = end < 0 ? text.length : end + 1;
    return text.slice(start, end < 0 ? undefined : end);
  };

  const pushNumber = (written: string): void => {
    const isDecimal = /^(?![1-9]\d{0,2}\{,\}\d{3}$)\d+\{,\}\d+$/.test(written);
    const value = isDecimal ? written.replace("{,}", ".") : written.replaceAll(/[^\d.]/g, "");
    if (value.length > DIGITS) throw new LimitError("a number is too long");
    const repeated = value.includes(".") ? (take(REPEATED)?.[0]?.replaceAll(/\D/g, "") ?? goesOn(value)) : undefined;
    const exponent = scientific && repeated === undefined ? take(EXPONENT)?.[1] : undefined;
    push("number", value.replace(/^\./, "0.").replace(/\.$/, ""), false, repeated, Number(exponent ?? 0));
  };

  /** The repeated digits of 0.333… */
  const goesOn = (value: string): string | undefined => {
    const digits = value.length < 40 ? PERIOD.exec(value) : null;
    return digits && take(DOTS) ? (digits[1] ?? digits[2]) : undefined;
  };

  const pushWord = (word: string, upright: boolean): void => {
    const isUnit = upright && /^(?:sec|min)$/.test(word) && !/^\s*[(\\^_]/.test(text.slice(position, position + 9));
    const name = word.length === 1 || isUnit ? undefined : functionOf(word, !upright);
    const mark = markOfWord.get(word);
    if (name !== undefined) push("function", name);
    else if (mark !== undefined) push("mark", mark);
    else if (word.length === 1) push("symbol", word, upright);
    else push(upright ? "text" : "word", word);
  };

  const pushText = (command: string, content: string): void => {
    const trimmed = content.replaceAll(/\\[,:;! ]|[~$]|\\(?:rm|bf|it|displaystyle)\b/g, " ").trim();
    if (trimmed === "") space = true;
    else if (/^[A-Za-z]+$/.test(trimmed)) {
      const isName =
        /cal|scr|frak/.test(command) || (trimmed.length === 1 && /^(?:mathbf|boldsymbol|bm)$/.test(command));
      if (isName) push("symbol", trimmed);
      else pushWord(trimmed, true);
    } else if (/^[,\s]*(?:and|or|and\/or)[,\s]*$/.test(trimmed)) push("mark", trimmed.includes("or") ? "or" : "and");
    else if (
      /^(?:[-+]?[\d.,]*|\\?%)$/.test(trimmed) ||
      (depth < DEEPEST && /[\\^_{}=<>]/.test(trimmed) && !/[a-z]{2}/i.test(trimmed.replaceAll(/\\[a-z]+/gi, "")))
    ) {
      for (const token of tokenize(trimmed, scientific, depth + 1))
        push(token.type, token.value, command === "mathrm", token.repeat);
    } else push("text", trimmed.replaceAll(/\s+/g, " "));
  };

  const pushCommand = (name: string): void => {
    const command = markOf.has(name) || relationOf.has(name) ? name : (RUN_INTO.exec(name)?.[0] ?? name);
    position -= name.length - command.length;
    const { role } = meaningOf(command);
    if (role === "dropped") {
      space = true;
      if (/left|right/.test(command) && text[position] === ".") position++;
    } else if (role === "dropped with argument") takeArgument();
    else if (role === "text to come") {
      const argument = takeArgument();
      if (argument !== undefined) pushText(command, argument);
    } else if (role !== "transparent") pushSign(command);
  };

  /** A command, or another sign. */
  const pushSign = (sign: string): void => {
    const { role, value } = meaningOf(sign);
    push(role as TokenType, value);
  };

  for (let found = take(TOKEN); found; found = take(TOKEN)) {
    const [, blank, digits, command, word, sign = ""] = found;
    space ||= blank !== undefined;
    if (digits !== undefined) pushNumber(digits);
    else if (command !== undefined) pushCommand(command);
    else if (word !== undefined) pushWord(word, false);
    else pushSign(sign.startsWith(".") ? "." : sign);
  }
  return tokens;
}
