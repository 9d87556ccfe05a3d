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

const split = (text: string, separator: string): string[] => text.split(separator).map(strip);

/** Items of one line: set off by semicolons, else by commas, and the last perhaps by "and". */
function inLine(line: string): string[] {
  const text = unwrapped(strip(line));
  if (text.includes(";")) return split(text, ";");
  // 1,290 is one number where other commas are followed by a space.
  const items = text.includes(", ") ? split(text, ", ") : split(text, ",");
  const [last = ""] = items.slice(-1);
  if (items.length === 1) return items;
  const at = last.startsWith("and ") || last.startsWith("or ") ? -1 : last.lastIndexOf(" and ");
  const ends = at < 0 ? [last.replace(/^(?:and|or) /, "")] : [last.slice(0, at), last.slice(at + 5)];
  return [...items.slice(0, -1), ...ends.map(strip)];
}

function fromJson(text: string): string[] | undefined {
  const found = findJson(text)?.value;
  if (!Array.isArray(found)) return undefined;
  try {
    return found.map((item: unknown) => (typeof item === "string" ? item : JSON.stringify(item)));
  } catch {
    // Nested deeper than the stack: it can be parsed, and not be written.
    return undefined;
  }
}

/** Whether all of the text is meant to be the list, or prose may stand around it. */
export interface ReadListOptions {
  /** What sets items off; null: whatever the text uses. */
  readonly separator: string | null;
  /** Whether the list is the text's last line where the text has no bullets and is no JSON. */
  readonly inProse: boolean;
}

/**
 * The items of a list: those of a JSON array, else its bulleted or numbered lines, else its lines where there are
 * several, else what commas or semicolons set off. Without empty items; "none" is an empty list.
 */
export function readList(text: string, { separator, inProse }: ReadListOptions): string[] {
  const whole = strip(text);
  const items = separator === null ? freely(whole, inProse) : whole.split(separator);
  const filled = items.map(strip).filter((item) => item !== "");
  return filled.length === 1 && NONE.test((filled[0] ?? "").replace(/\.$/, "")) ? [] : filled;
}

function freely(text: string, inProse: boolean): readonly string[] {
  const json = fromJson(text);
  if (json) return json;
  const lines = text.split("\n").filter((line) => strip(line) !== "");
  const bullets = lines.flatMap((line) => BULLET.exec(line)?.[1] ?? []);
  if (bullets.length > 0) return bullets;
  if (lines.length > 1 && !inProse) return lines;
  return inLine((lines.at(-1) ?? "").replace(LEAD, ""));
}
