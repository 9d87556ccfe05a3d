/**
 * What a module loads otherwise than by `import`: through a `require` that it has or makes, and what nobody can tell, since
 * the name is computed. By the module's words alone: nothing is run.
 */
import jsTokens from "js-tokens";

/** What a module loads while it runs. */
export interface Required {
  /** Names in `import("…")`, `require("…")`, `require.resolve("…")`, `createRequire(…)("…")` and `import.meta.resolve("…")`. */
  readonly names: readonly string[];
  /** Calls whose name is computed, as they stand there: `import(name)`, `require(…)`. */
  readonly computed: readonly string[];
}

/** Characters of a computed call that are shown. */
const SHOWN = 40;

const ignored = new Set(["WhiteSpace", "LineTerminatorSequence", "MultiLineComment", "SingleLineComment"]);

interface Word {
  readonly type: string;
  readonly value: string;
}

/** Looks through the words of a module, ESM or CommonJS. A text that is no module names what it names up to its fault. */
export function requiredModules(text: string): Required {
  const words = [...jsTokens(text)].filter(({ type }) => !ignored.has(type));
  const ends = closings(words);
  const closing = (open: number): number => ends.get(open) ?? open;
  const makers = new Set(["createRequire", ...aliases(words)]);
  const requires = new Set(["require", ...madeBy(makers, words, closing)]);
  const names: string[] = [];
  const computed: string[] = [];
  /** Reads the call that begins at one index and whose parenthesis opens at another. */
  const read = (from: number, open: number): void => {
    const argument = words[open + 1];
    const after = words[open + 2]?.value;
    const name = argument && (after === ")" || after === ",") ? textOf(argument) : undefined;
    if (name !== undefined) names.push(name);
    else if (argument?.value !== ")")
      computed.push(shown(words.slice(from, Math.min(closing(open) + 1, from + SHOWN))));
  };
  for (const [index, { type, value }] of words.entries()) {
    if (type !== "IdentifierName" || isMember(words, index)) continue;
    const at = (offset: number): string | undefined => words[index + offset]?.value;
    if (makers.has(value) && at(1) === "(") {
      const made = callAfter(words, closing(index + 1) + 1);
      if (made !== undefined) read(index, made);
    } else if (requires.has(value)) {
      // A function of this name, or a parameter, is declared and not called.
      const called = words[index - 1]?.value === "function" ? undefined : callAfter(words, index + 1);
      if (called !== undefined) read(index, called);
    } else if (value === "import") {
      if (at(1) === "(") read(index, index + 1);
      if (at(1) === "." && at(2) === "meta" && at(3) === "." && at(4) === "resolve" && at(5) === "(") {
        read(index, index + 5);
      }
    }
  }
  return { names: [...new Set(names)], computed: [...new Set(computed)] };
}

/** Whether a name stands behind a dot, as a member of something else: but for `module.createRequire`. */
function isMember(words: readonly Word[], index: number): boolean {
  const before = words[index - 1]?.value;
  return (before === "." || before === "?.") && words[index]?.value !== "createRequire";
}

/** `make` of `import { createRequire as make }` and of `const { createRequire: make } = …`. */
function aliases(words: readonly Word[]): readonly string[] {
  return words.flatMap(({ value }, index) => {
    const [between, name] = [words[index + 1]?.value, words[index + 2]];
    const renames = value === "createRequire" && (between === "as" || between === ":");
    return renames && name?.type === "IdentifierName" ? [name.value] : [];
  });
}

/** `load` of `const load = createRequire(import.meta.url)`. */
function madeBy(
  makers: ReadonlySet<string>,
  words: readonly Word[],
  closing: (open: number) => number,
): readonly string[] {
  return words.flatMap(({ value }, index) => {
    if (!makers.has(value) || words[index + 1]?.value !== "(") return [];
    // What is called at once is no function that is kept.
    if (callAfter(words, closing(index + 1) + 1) !== undefined) return [];
    // Past the names before it, as in module.createRequire.
    let start = index;
    while (words[start - 1]?.value === ".") start -= 2;
    const name = words[start - 2];
    return words[start - 1]?.value === "=" && name?.type === "IdentifierName" ? [name.value] : [];
  });
}

/** The parenthesis of a call that begins at an index: `("x")` or `.resolve("x")`. */
function callAfter(words: readonly Word[], index: number): number | undefined {
  if (words[index]?.value === "(") return index;
  const resolves = words[index]?.value === "." && words[index + 1]?.value === "resolve";
  return resolves && words[index + 2]?.value === "(" ? index + 2 : undefined;
}

/** For each opening parenthesis the index of the one that closes it; of one that nothing closes, the last word's. */
function closings(words: readonly Word[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  const open: number[] = [];
  for (const [index, { value }] of words.entries()) {
    if (value === "(") open.push(index);
    else if (value === ")") found.set(open.pop() ?? index, index);
  }
  for (const index of open) found.set(index, words.length - 1);
  return found;
}

/** What a text's word says; undefined for anything else, and for a template with something in it. */
function textOf({ type, value }: Word): string | undefined {
  if (type !== "StringLiteral" && type !== "NoSubstitutionTemplate") return undefined;
  const inside = value.slice(1, -1);
  return inside.includes("\\") ? undefined : inside;
}

function shown(words: readonly Word[]): string {
  const text = words.map(({ value }) => value).join("");
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN - 1)}…`;
}
