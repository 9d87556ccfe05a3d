// Reads a list from text as people and models write it. Each search is one pass over the text.
import { findJson } from "../json-text.js";
import { strip } from "../python-text.js";

/** A line of a bulleted or numbered list, and its item. */
const BULLET = /^[ \t]*(?:[-*•+]|\d{1,4}[.)])[ \t]+(\S.*)$/;

/** What may stand before a list on its line: "The colours are: ". Longer text, or one with commas, is an item. */
const LEAD = /^[^,;:\n]{1,100}:\s+/;

/** "none", said in words, is no item. */
const NONE = /^(?:none|nothing|empty|no items?|n\/a|∅|\\emptyset)$/i;

const BRACKETS: Readonly<Record<string, string>> = { "[": "]", "{": "}", "(": ")" };

/** Without brackets around the whole: `[a, b]` or `\{1, 2\}`. */
function unwrapped(text: string): string {
  const plain = text.replace(/^\\(?=[{[(])/, "").replace(/\\(?=[}\])]$)/, "");
  const close = BRACKETS[plain.charAt(0)];
  const inner = plain.slice(1, -1);
  // (a), (b) is a list of two, not one in brackets.
  return close !== undefined && plain.endsWith(close) && !inner.includes(close) ? strip(inner) : plain;
}

/** What a separator sets off, as `split` would give it, one by one: a list of all could take megabytes. */
function* split(text: string, separator: string): Generator<string> {
  let start = 0;
  for (let end = text.indexOf(separator); end >= 0; end = text.indexOf(separator, start)) {
    yield text.slice(start, end);
    start = end + separator.length;
  }
  yield text.slice(start);
}

/** Items of one line: set off by semicolons, else by commas, and the last perhaps by "and". */
function* inLine(line: string): Generator<string> {
  const text = unwrapped(strip(line));
  if (text.includes(";")) return yield* split(text, ";");
  // 1,290 is one number where other commas are followed by a space.
  const separator = text.includes(", ") ? ", " : ",";
  const end = text.lastIndexOf(separator);
  if (end < 0) return yield text;
  yield* split(text.slice(0, end), separator);
  const last = strip(text.slice(end + separator.length));
  const at = last.startsWith("and ") || last.startsWith("or ") ? -1 : last.lastIndexOf(" and ");
  if (at < 0) return yield last.replace(/^(?:and|or) /, "");
  yield last.slice(0, at);
  yield last.slice(at + 5);
}

function writeItem(item: unknown): string {
  try {
    return typeof item === "string" ? item : JSON.stringify(item);
  } catch {
    // Nested deeper than the stack: it can be parsed, and not be written.
    return "nested too deeply";
  }
}

function* written(items: readonly unknown[]): Generator<string> {
  for (const item of items) yield writeItem(item);
}

function* filledLines(text: string): Generator<string> {
  for (const line of split(text, "\n")) if (strip(line) !== "") yield line;
}

function* bulletsOf(text: string): Generator<string> {
  for (const line of split(text, "\n")) {
    const item = BULLET.exec(line)?.[1];
    if (item !== undefined) yield item;
  }
}

function isEmpty(items: Iterable<string>): boolean {
  for (const _ of items) return false;
  return true;
}

/** Whether all of the text is meant to be the list, or prose may stand around it. */
export interface ReadListOptions {
  /** What sets items off; null: whatever the text uses. */
  readonly separator: string | null;
  /** Whether the list is the text's last line where the text has no bullets and is no JSON. */
  readonly inProse: boolean;
  /** How many items are kept. Default all. */
  readonly limit?: number;
}

export interface ReadList {
  /** The first items, as many as are kept. */
  readonly items: readonly string[];
  /** How many items there are. */
  readonly count: number;
}

/**
 * The items of a list: those of a JSON array, else its bulleted or numbered lines, else its lines where there are
 * several, else what commas or semicolons set off. Without empty items; "none" is an empty list.
 */
export function readList(text: string, { separator, inProse, limit = Infinity }: ReadListOptions): ReadList {
  const whole = strip(text);
  const items: string[] = [];
  let count = 0;
  for (const each of separator === null ? freely(whole, inProse) : split(whole, separator)) {
    const item = strip(each);
    if (item === "") continue;
    if (count < limit) items.push(item);
    count++;
  }
  const none = count === 1 && NONE.test((items[0] ?? "").replace(/\.$/, ""));
  return none ? { items: [], count: 0 } : { items, count };
}

function freely(text: string, inProse: boolean): Iterable<string> {
  const json = findJson(text)?.value;
  if (Array.isArray(json)) return written(json);
  if (!isEmpty(bulletsOf(text))) return bulletsOf(text);
  // The text is stripped, so that its last line is not empty.
  const last = text.slice(text.lastIndexOf("\n") + 1);
  if (!inProse && last !== text) return filledLines(text);
  return inLine(last.replace(LEAD, ""));
}
