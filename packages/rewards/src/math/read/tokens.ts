// Cuts LaTeX or plain mathematical text into tokens. What only says how something looks is gone after this.
import { ANSWER_CHARACTERS, ANSWER_TOKENS, DIGITS, LimitError } from "../limits.js";
import {
  ACCENTS,
  DROPPED_COMMANDS,
  DROPPED_WITH_ARGUMENT,
  FUNCTION_ALIASES,
  FUNCTIONS,
  LIST_FUNCTIONS,
  RELATION_COMMANDS,
  SYMBOL_COMMANDS,
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
  /** Another command, without its backslash. */
  | "command"
  /** A relation's sign. */
  | "relation"
  /** An operator, bracket or separator. `\\` is the row separator of a matrix. */
  | "mark";

export interface Token {
  readonly type: TokenType;
  readonly value: string;
  /** Whether space stands before it. */
  readonly space: boolean;
  /** A repeating decimal's repeated digits. */
  readonly repeat?: string;
  /** The power of ten of scientific notation. */
  readonly exponent?: number;
  /** Written as \mathrm{…}, \text{…}. */
  readonly upright?: boolean;
}

/** Other characters by what they stand for; full-width ones that are not here stand for those of ASCII. */
const UNICODE = new Map(
  Object.entries({
    "\\times": "×",
    "\\cdot": "·∙⋅",
    "/": "÷∕⁄",
    "-": "−–—",
    "\\le": "≤⩽",
    "\\ge": "≥⩾",
    "\\ne": "≠",
    "\\approx": "≈",
    "\\in": "∈",
    "\\notin": "∉",
    "\\cup": "∪",
    "\\cap": "∩",
    "\\setminus": "∖",
    "\\infty": "∞",
    "\\pi": "π",
    "\\sqrt": "√",
    "\\pm": "±",
    "\\mp": "∓",
    "\\emptyset": "∅",
    "\\mathbb{R}": "ℝ",
    "\\mathbb{Z}": "ℤ",
    "\\mathbb{N}": "ℕ",
    "\\mathbb{Q}": "ℚ",
    "\\mathbb{C}": "ℂ",
    "^\\circ": "°",
    "\\lfloor": "⌊",
    "\\rfloor": "⌋",
    "\\lceil": "⌈",
    "\\rceil": "⌉",
    "^{2}": "²",
    "^{3}": "³",
    "^{1}": "¹",
    "\\alpha": "α",
    "\\beta": "β",
    "\\gamma": "γ",
    "\\delta": "δ",
    "\\theta": "θ",
    "\\lambda": "λ",
    "\\mu": "μ",
    "\\sigma": "σ",
    "\\varphi": "φ",
    "\\omega": "ω",
    "\\frac{1}{2}": "½",
    "\\frac{1}{4}": "¼",
    "\\frac{3}{4}": "¾",
    ",": "、",
    ".": "。",
    "\\{": "｛",
    "\\}": "｝",
    " ": "\u00a0\u2009",
    "\\to": "→",
    "'": "’′",
    "": "€£¥₹",
    "|": "∣",
    "\\parallel": "∥",
    "\\perp": "⊥",
  }).flatMap(([meaning, characters]) => {
    const ascii = /\\[a-z]+$/.test(meaning) ? `${meaning} ` : meaning;
    return [...characters].map((character): [string, string] => [character, ascii]);
  }),
);

const ascii = (text: string): string =>
  // eslint-disable-next-line no-control-regex
  text.replaceAll(/[^\x00-\x7f]/gu, (character) => {
    const known = UNICODE.get(character);
    if (known !== undefined) return known;
    // Full-width digits and letters.
    const code = character.charCodeAt(0);
    return code >= 0xff01 && code <= 0xff5e ? String.fromCharCode(code - 0xfee0) : character;
  });

const NUMBER = /(?:\d+(?:\.(?!\.)\d*)?|\.\d+)/y;
/** What may stand between groups of three digits: a comma that TeX keeps from being followed by space, or thin space. */
const GROUP = /(?:\s*\{\s*,\s*\}\s*(?:\\!)?|\\!?,\\!|,\\!|\\,|\\:|\\;|\\ |~| |\{ \})(\d{3})(?!\d)/y;
const REPEATED = /\\(?:overline|bar|dot)\s*\{?\s*(\d+)\s*\}?/y;
const LETTERS = /[A-Za-z]+/y;
const SPACE = /(?:\s|~|\\[,:;!> ]|\$|\\\$|\\hspace\{[^{}]*\}|\\(?:,|!))+/y;
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
  // eslint-disable-next-line no-control-regex
  const plain = /[^\x00-\x7f]/.test(source) ? ascii(source) : source;
  // Doubled backslashes before commands are a slip of whatever wrote the text, unless rows may begin there.
  const text = DOUBLED.test(plain) && !ROWS.test(plain) ? plain.replaceAll(DOUBLED_ALL, "\\") : plain;
  const tokens: Token[] = [];
  let position = 0;
  let space = false;
  const push = (type: TokenType, value: string, extra: Partial<Token> = {}): void => {
    if (tokens.length >= ANSWER_TOKENS) throw new LimitError("the answer has too many parts");
    tokens.push({ type, value, space, ...extra });
    space = false;
  };

  const pushWord = (word: string, upright: boolean): void => {
    const alias = FUNCTION_ALIASES.get(word);
    if (upright && (word === "sec" || word === "min") && !/^\s*(?:\(|\\|\^|_)/.test(text.slice(position, position + 9)))
      push("text", word);
    else if (FUNCTIONS.has(word) || LIST_FUNCTIONS.has(word)) push("function", alias ?? word);
    else if (alias !== undefined && (upright || alias.length > 3)) push("function", alias);
    else if (word === "pi") push("command", "pi");
    else if (word === "infinity" || word === "inf" || word === "infty") push("command", "infty");
    else if (word === "percent" || word === "percentage" || word === "pct") push("mark", "%");
    else if (word === "and" || word === "or") push("mark", "and");
    else if (word.length === 1) push("symbol", word, upright ? { upright } : {});
    else push(upright ? "text" : "word", word);
  };

  const pushText = (command: string, content: string): void => {
    const trimmed = content.replaceAll(/\\[,:;! ]|[~$]|\\(?:rm|bf|it|displaystyle)\b/g, " ").trim();
    if (trimmed === "") {
      space = true;
      return;
    }
    if (/^[A-Za-z]+$/.test(trimmed)) {
      const styled = trimmed.length === 1 && !command.startsWith("text") && command !== "mbox";
      if (command === "mathcal" || command === "mathscr" || command === "mathfrak") push("symbol", trimmed);
      else if (styled && (command === "mathbf" || command === "boldsymbol" || command === "bm"))
        push("symbol", trimmed);
      else pushWord(trimmed, true);
      return;
    }
    if (/^[,\s]*(?:and|or|and\/or)[,\s]*$/.test(trimmed)) push("mark", "and");
    else if (trimmed === "%" || trimmed === "\\%") push("mark", "%");
    else if (
      /^[-+]?[\d.,]+$/.test(trimmed) ||
      (/[\\^_{}=<>]/.test(trimmed) && !/[a-z]{2}/i.test(trimmed.replaceAll(/\\[a-z]+/gi, "")))
    ) {
      for (const token of tokenize(trimmed)) {
        push(token.type, token.value, token.repeat === undefined ? {} : { repeat: token.repeat });
      }
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
    push("number", digits.startsWith(".") ? `0${digits}` : digits, {
      ...(repeated?.[1] !== undefined && { repeat: repeated[1] }),
      ...(exponent?.[1] !== undefined && { exponent: Number(exponent[1]) }),
    });
    return true;
  };

  const readCommand = (): void => {
    const name = match(LETTERS, text, position + 1)?.[0];
    if (name === undefined) {
      const next = text[position + 1] ?? "";
      position += 2;
      if (next === "{" || next === "}") push("mark", `\\${next}`);
      else if (next === "\\") push("mark", "\\\\");
      else if (next === "|") push("mark", "\\|");
      else if (next === "%") push("mark", "%");
      else if (next !== "") space = true;
      return;
    }
    const known = COMMAND_NAMES.exec(name)?.[0];
    const command = known !== undefined && !isKnown(name) ? known : name;
    position += 1 + command.length;
    if (DROPPED_COMMANDS.has(command)) {
      space = true;
      if ((command === "left" || command === "right") && text[position] === ".") position++;
      return;
    }
    if (DROPPED_WITH_ARGUMENT.has(command)) {
      const open = match(/\s*\{/y, text, position);
      if (open) position = afterGroup(text, position + open[0].length - 1);
      return;
    }
    if (TRANSPARENT_COMMANDS.has(command)) return;
    const relation = RELATION_COMMANDS.get(command);
    if (relation !== undefined) return push("relation", relation);
    if (TEXT_COMMANDS.has(command)) {
      const open = match(/\s*\*?\s*\{/y, text, position);
      if (!open) return;
      const start = position + open[0].length;
      position = afterGroup(text, start - 1);
      return pushText(command, text.slice(start, text[position - 1] === "}" ? position - 1 : position));
    }
    const alias = FUNCTION_ALIASES.get(command) ?? command;
    if (SYMBOL_COMMANDS.has(command)) push("symbol", command);
    else if (command !== "binom" && (FUNCTIONS.has(command) || LIST_FUNCTIONS.has(command))) push("function", alias);
    else if (FUNCTION_ALIASES.has(command)) push("function", alias);
    else if (/^[lc]?dots[cbmio]?$/.test(command)) push("text", "…");
    else if (command === "dfrac" || command === "tfrac" || command === "cfrac") push("command", "frac");
    else push("command", command);
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
    position++;
    const pair = character + (text[position] ?? "");
    if (pair === "<=" || pair === ">=" || pair === "!=" || pair === ":=" || pair === "==" || pair === "~=") {
      position++;
      push("relation", pair === "<=" ? "≤" : pair === ">=" ? "≥" : pair === "!=" ? "≠" : "=");
    } else if (pair === "**") {
      position++;
      push("mark", "^");
    } else if (character === "=" || character === "<" || character === ">") push("relation", character);
    else if (character === '"' || character === "`") space = true;
    else push("mark", character);
  }
  return tokens;
}

/** Whether a command's name is known as it is. */
function isKnown(name: string): boolean {
  return (
    DROPPED_COMMANDS.has(name) ||
    RELATION_COMMANDS.has(name) ||
    SYMBOL_COMMANDS.has(name) ||
    FUNCTIONS.has(name) ||
    ACCENTS.has(name) ||
    /^(?:pi|pm|cup|cap|times|cdot|cdots|sqrt|frac|infty)$/.test(name)
  );
}
