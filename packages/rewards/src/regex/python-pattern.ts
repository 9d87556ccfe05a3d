// Rewrites a pattern in the syntax of Python's `re` for RE2, where the same letters mean something else.

/** Python's Unicode classes, as the inside of a bracket in RE2 syntax. RE2's own are ASCII only. */
const SPACE = String.raw`\t-\r\x{1c}-\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}`;
const NOT_SPACE =
  String.raw`\x{0}-\x{8}\x{e}-\x{1b}\x{21}-\x{84}\x{86}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}` +
  String.raw`\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{10ffff}`;
const WORD = String.raw`\p{L}\p{N}_`;

const outsideBrackets: Readonly<Record<string, string>> = {
  "\\d": String.raw`\p{Nd}`,
  "\\D": String.raw`\P{Nd}`,
  "\\s": `[${SPACE}]`,
  "\\S": `[^${SPACE}]`,
  "\\w": `[${WORD}]`,
  "\\W": `[^${WORD}]`,
  "\\Z": String.raw`\z`,
};

// `\W` inside brackets cannot be written in RE2 and stays ASCII.
const insideBrackets: Readonly<Record<string, string>> = {
  "\\d": String.raw`\p{Nd}`,
  "\\D": String.raw`\P{Nd}`,
  "\\s": SPACE,
  "\\S": NOT_SPACE,
  "\\w": WORD,
};

/** Python's `$` without the multiline flag: the end, or before a newline that ends the text. */
const END = String.raw`(?:\n?\z)`;

const inlineFlags = /\?([a-zA-Z]*)(?:-([a-zA-Z]*))?([:)])/y;

/**
 * The pattern for RE2 with Python's meaning: `$` also matches before a final newline, `\Z` is the very end, and `\d`,
 * `\s` and `\w` cover all of Unicode.
 *
 * Two limits: `\b` and a `\W` inside brackets stay ASCII, and nothing can match the newline that a `$` stood before.
 *
 * @param multiline whether the multiline flag is set; inline flags such as `(?m)` and `(?m:…)` are followed.
 */
export function fromPythonPattern(pattern: string, multiline: boolean): string {
  const enclosing: boolean[] = [];
  let isMultiline = multiline;
  let output = "";
  let index = 0;
  while (index < pattern.length) {
    const character = pattern.charAt(index);
    if (character === "\\") {
      const escape = pattern.slice(index, index + 2);
      output += outsideBrackets[escape] ?? escape;
      index += 2;
    } else if (character === "[") {
      const end = bracketEnd(pattern, index);
      output += pattern.slice(index, end).replace(/\\./gsu, (escape) => insideBrackets[escape] ?? escape);
      index = end;
    } else if (character === "$" && !isMultiline) {
      output += END;
      index += 1;
    } else {
      if (character === ")") isMultiline = enclosing.pop() ?? isMultiline;
      if (character === "(") {
        inlineFlags.lastIndex = index + 1;
        const [, on = "", off = "", closing] = inlineFlags.exec(pattern) ?? [];
        // `(?m)` changes what is left of the group it stands in; its own parenthesis restores nothing.
        enclosing.push(closing === ")" ? withFlags(isMultiline, on, off) : isMultiline);
        isMultiline = withFlags(isMultiline, on, off);
      }
      output += character;
      index += 1;
    }
  }
  return output;
}

const withFlags = (multiline: boolean, on: string, off: string): boolean =>
  (multiline || on.includes("m")) && !off.includes("m");

/** The index after the bracket expression that starts at `start`. A `]` in first place is a member, not the end. */
function bracketEnd(pattern: string, start: number): number {
  let index = start + 1;
  if (pattern.charAt(index) === "^") index++;
  if (pattern.charAt(index) === "]") index++;
  while (index < pattern.length && pattern.charAt(index) !== "]") index += pattern.charAt(index) === "\\" ? 2 : 1;
  return Math.min(index + 1, pattern.length);
}
