// Cuts LaTeX or plain mathematical text into tokens. What only says how something looks is gone after this.
import { ANSWER_CHARACTERS, ANSWER_TOKENS, DIGITS, LimitError } from "../limits.js";
import { asLatex } from "./unicode.js";
import {
  ACCENTS,
  DROPPED_COMMANDS,
  DROPPED_WITH_ARGUMENT,
  functionOf,
  isRelationSign,
  isSymbol,
  markOf,
  markOfWord,
  relationOf,
  TEXT_COMMANDS,
  TRANSPARENT_COMMANDS,
} from "./vocabulary.js";

export type TokenType =
  /** Digits, perhaps with a point. `value` has neither spaces nor separators. */
  | "number"
  /** One letter, or a symbol's command such as `alpha`. */
  | "symbol"
  /** Two or more bare letters in a row that are no function's name. */
  | "word"
  /** Upright text, trimmed. */
  | "text"
  /** A function's name, such as `sin`. */
  | "function"
  /** A relation's sign. */
  | "relation"
  /** An operator, bracket or separator in one spelling, or another command without its backslash. */
  | "mark";

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

const NUMBER = /(?:\d+(?:\.(?!\.)\d*)?|\.\d+)/y;
/** What may stand between groups of three digits: a comma that TeX keeps from being followed by space, or thin space. */
const GROUP = /(?:\s*\{\s*,\s*\}\s*(?:\\!)?|\\!?,\\!|,\\!|\\,|\\:|\\;|\\ |~| |\{ \})(\d{3})(?!\d)/y;
const REPEATED = /\\(?:overline|bar|dot)\s*\{?\s*(\d+)\s*\}?/y;
const LETTERS = /[A-Za-z]+/y;
const SPACE = /(?:\s|~|\\?\$|\\[,:;!> ])+/y;
const COMMAND_NAMES = /^(?:qquad|quad|cdot|times|infty|sqrt|frac|pi|leq|geq|neq|cup|cap|pm)(?=[A-Za-z])/;

const DOUBLED = /\\\\(?=[A-Za-z])/;
const DOUBLED_ALL = /\\\\(?=[A-Za-z])/g;
const ROWS = /matrix|array|cases|align|gather/;
const EXPONENT = /[eE]([-+]?\d{1,3})(?![\d.]*[A-Za-z])/y;

const match = (pattern: RegExp, text: string, position: number): RegExpExecArray | null => {
  pattern.lastIndex = position;
  return pattern.exec(text);
};

/** The place after the brace that closes the one at `open`; the text's end where it stays open. */
function afterGroup(text: string, open: number): number {
  let depth = 0;
  for (let index = open; index < text.length; index++) {
    const character = text[index];
    if (character === "\\") index++;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return index + 1;
  }
  return text.length;
}

/** The tokens of a text. @throws LimitError for a text, a number or a list of tokens beyond the bounds. */
export function tokenize(source: string, scientific = true): Token[] {
  if (source.length > ANSWER_CHARACTERS) throw new LimitError("the answer is too long");
  const plain = asLatex(source);
  // Doubled backslashes before commands are a slip of whatever wrote the text, unless rows may begin there.
  const text = DOUBLED.test(plain) && !ROWS.test(plain) ? plain.replaceAll(DOUBLED_ALL, "\\") : plain;
  const tokens: Token[] = [];
  let position = 0;
  let space = false;
  const push = (type: TokenType, value: string, upright = false, repeat = "", exponent = 0): void => {
    if (tokens.length >= ANSWER_TOKENS) throw new LimitError("the answer has too many parts");
    tokens.push({ type, value, space, upright, repeat, exponent });
    space = false;
  };

  const pushWord = (word: string, upright: boolean): void => {
    const isUnit =
      upright && /^(?:sec|min)$/.test(word) && !/^\s*(?:\(|\\|\^|_)/.test(text.slice(position, position + 9));
    const name = isUnit ? undefined : functionOf(word, !upright);
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
        /^math(?:cal|scr|frak)$/.test(command) || (trimmed.length === 1 && /^(?:mathbf|boldsymbol|bm)$/.test(command));
      if (isName) push("symbol", trimmed);
      else pushWord(trimmed, true);
    } else if (/^[,\s]*(?:and|or|and\/or)[,\s]*$/.test(trimmed)) push("mark", "and");
    else if (
      /^(?:[-+]?[\d.,]+|\\?%)$/.test(trimmed) ||
      (/[\\^_{}=<>]/.test(trimmed) && !/[a-z]{2}/i.test(trimmed.replaceAll(/\\[a-z]+/gi, "")))
    ) {
      for (const token of tokenize(trimmed)) push(token.type, token.value, false, token.repeat);
    } else push("text", trimmed.replaceAll(/\s+/g, " "));
  };

  const readNumber = (): boolean => {
    const found = match(NUMBER, text, position);
    if (!found) return false;
    let value = found[0];
    position += value.length;
    if (!value.includes(".") && value.length <= 3 && value[0] !== "0") {
      for (let group = match(GROUP, text, position); group; group = match(GROUP, text, position)) {
        value += group[1];
        position += group[0].length;
      }
      const fraction = match(/\.\d+/y, text, position);
      if (fraction && value.length > 3) {
        value += fraction[0];
        position += fraction[0].length;
      } else if (text.startsWith("{,}", position) && /\d/.test(text[position + 3] ?? "")) {
        // A decimal comma that TeX keeps together.
        const digits = match(/\d+/y, text, position + 3)?.[0] ?? "";
        value += `.${digits}`;
        position += 3 + digits.length;
      }
    }
    const repeated = value.includes(".") ? match(REPEATED, text, position) : null;
    if (repeated) position += repeated[0].length;
    const exponent = scientific && !repeated ? match(EXPONENT, text, position) : null;
    if (exponent) position += exponent[0].length;
    if (value.length > DIGITS) throw new LimitError("a number is too long");
    const digits = value.endsWith(".") ? value.slice(0, -1) : value;
    push("number", digits.startsWith(".") ? `0${digits}` : digits, false, repeated?.[1], Number(exponent?.[1] ?? 0));
    return true;
  };

  const readCommand = (): void => {
    const name = match(LETTERS, text, position + 1)?.[0];
    if (name === undefined) {
      const next = text[position + 1] ?? "";
      position += 2;
      if (next === "%") push("mark", next);
      else if (/[{}\\|]/.test(next)) push("mark", `\\${next}`);
      else space = true;
      return;
    }
    const known = COMMAND_NAMES.exec(name)?.[0];
    const command = known !== undefined && !isKnown(name) ? known : name;
    position += 1 + command.length;
    if (DROPPED_COMMANDS.test(command)) {
      space = true;
      if (/left|right/.test(command) && text[position] === ".") position++;
      return;
    }
    if (TRANSPARENT_COMMANDS.test(command)) return;
    const open = match(/\s*\*?\s*\{/y, text, position);
    const start = position + (open?.[0].length ?? 0);
    if (DROPPED_WITH_ARGUMENT.test(command)) {
      if (open) position = afterGroup(text, start - 1);
    } else if (TEXT_COMMANDS.test(command)) {
      if (!open) return;
      position = afterGroup(text, start - 1);
      pushText(command, text.slice(start, text[position - 1] === "}" ? position - 1 : position));
    } else pushCommand(command);
  };

  const pushCommand = (command: string): void => {
    const relation = relationOf.get(command);
    const mark = markOf.get(command);
    const name = command === "binom" ? undefined : functionOf(command, false);
    if (relation !== undefined) push("relation", relation);
    else if (mark !== undefined) push("mark", mark);
    else if (isSymbol(command)) push("symbol", command);
    else if (name !== undefined) push("function", name);
    else if (/^[lc]?dots[cbmio]?$/.test(command)) push("text", "…");
    else push("mark", command);
  };

  while (position < text.length) {
    const blank = match(SPACE, text, position);
    if (blank) {
      position += blank[0].length;
      space = true;
      continue;
    }
    const character = text[position] ?? "";
    if ((character >= "0" && character <= "9") || character === ".") {
      if (readNumber()) continue;
      position++;
      if (text[position] !== ".") push("mark", ".");
      continue;
    }
    if (character === "\\") {
      readCommand();
      continue;
    }
    const word = match(LETTERS, text, position)?.[0];
    if (word !== undefined) {
      position += word.length;
      pushWord(word, false);
      continue;
    }
    const pair = text.slice(position, position + 2);
    const sign = relationOf.has(pair) || markOf.has(pair) ? pair : character;
    position += sign.length;
    const relation = relationOf.get(sign) ?? (isRelationSign(sign) ? sign : undefined);
    if (relation !== undefined) push("relation", relation);
    else if (sign === '"' || sign === "`") space = true;
    else push("mark", markOf.get(sign) ?? sign);
  }
  return tokens;
}

/** Whether a command's name is known as it is. */
const isKnown = (name: string): boolean =>
  DROPPED_COMMANDS.test(name) ||
  ACCENTS.test(name) ||
  relationOf.has(name) ||
  markOf.has(name) ||
  isSymbol(name) ||
  functionOf(name, false) !== undefined ||
  /^[cl]dots$/.test(name);
