// From text to mathematics: the first candidate that can be read.
import { COMPLETION_CHARACTERS, LimitError, UnreadableError } from "../limits.js";
import { type MathOptions, type ResolvedOptions, resolveOptions } from "../options.js";
import { type Node, text as textNode, tree } from "../read/nodes.js";
import { print } from "../read/print.js";
import { read } from "../read/read.js";
import { functionOf, isUnit, markOfWord } from "../read/vocabulary.js";
import type { Candidate, Place } from "./candidate.js";
import { candidates } from "./candidates.js";
import { wholeNumber } from "./plain-numbers.js";

/** What was found in a text. */
export interface Extraction {
  /** `read`: it is mathematics. `none`: there is no answer. `unreadable`: there is one that is no mathematics. */
  readonly state: "read" | "none" | "unreadable" | "limit";
  /** The answer as it stands in the text; empty where there is none. */
  readonly text: string;
  /** LaTeX in one form; empty unless it was read. */
  readonly normalized: string;
  readonly place: Place | undefined;
  /** Why it could not be read. */
  readonly problem?: string;
  readonly node?: Node;
  /** Another reading where a comma may separate thousands or elements. */
  readonly asList?: Node;
  readonly units: readonly string[];
  /** Whether it looks like a sentence rather than a formula. */
  readonly prose?: boolean;
}

const NONE: Extraction = { state: "none", text: "", normalized: "", place: undefined, units: [] };

const MATHEMATICS = /(?<!\\)\$|\\\(|\\\[|\\boxed|\\fbox|####/;
const PROSE = /^[^\d]*(?<![\\A-Za-z])[A-Za-z]{2,}\s+[A-Za-z]{2,}|^[A-Za-z]{3,}:\s/;
/** Longer text is prose that is searched, not read as a whole. */
const LONGEST_BARE = 300;

/** Finds the answer in a completion. No text makes it throw. */
export function extract(text: string, options: MathOptions = {}): Extraction {
  return extractAnswer(text, resolveOptions(options));
}

export function extractAnswer(text: string, options: ResolvedOptions): Extraction {
  let source = text.length > COMPLETION_CHARACTERS ? text.slice(-COMPLETION_CHARACTERS) : text;
  if (options.thinking === "strip") {
    const end = source.lastIndexOf("</think>");
    if (end >= 0) source = source.slice(end + "</think>".length);
    else if (source.includes("<think>")) return NONE;
    const tagged = lastTagged(source);
    if (tagged === null) return NONE;
    if (tagged !== undefined) return search(tagged, options, options.bare && !options.requireBoxed);
  }
  const bare = options.bare && !options.requireBoxed && source.length <= LONGEST_BARE && !source.trim().includes("\n");
  return search(source, options, bare);
}

/** The gold answer: a dataset's text may be an answer alone, or a worked solution. */
export function extractGold(text: string, options: ResolvedOptions): Extraction {
  const source = text.length > COMPLETION_CHARACTERS ? text.slice(-COMPLETION_CHARACTERS) : text;
  const targets = options.preset === "trl" ? (["latex", "expression"] as const) : options.targets;
  const loose: ResolvedOptions = { ...options, targets, requireAnchor: false, requireBoxed: false };
  const boxed = options.preset === "trl" ? { ...loose, boxedPriority: 50 } : loose;
  const bare = options.bare && !MATHEMATICS.test(source);
  return search(source, boxed, bare, true);
}

/** What is in the last <answer>…</answer>: null where it stays open, undefined where there is none. */
function lastTagged(source: string): string | null | undefined {
  const open = source.lastIndexOf("<answer>");
  if (open < 0) return undefined;
  const close = source.indexOf("</answer>", open);
  return close < 0 ? null : source.slice(open + "<answer>".length, close);
}

function search(source: string, options: ResolvedOptions, bare: boolean, isGold = false): Extraction {
  if (options.targets.includes("letter")) {
    const letter = /^[([*]{0,4}([A-Za-z])[)\].*:]{0,6}$/.exec(source.trim())?.[1];
    if (letter !== undefined && options.letters.includes(letter)) return letterExtraction(letter, "the whole text");
  }
  let failed: Extraction | undefined;
  if (bare && !MATHEMATICS.test(source)) {
    const whole = readBare(source, options, isGold);
    if (whole?.state === "read" || whole?.state === "limit") return whole;
    failed = whole;
  }
  const only =
    options.targets[0] === "latex" && !options.requireAnchor && !options.requireBoxed
      ? wholeFormula(source)
      : undefined;
  if (only !== undefined) {
    const extraction = readParts([{ text: only, percent: false }], "LaTeX", options);
    if (extraction.state === "read") return extraction;
  }
  for (const candidate of candidates(source, options)) {
    const extraction = readCandidate(candidate, options);
    if (extraction.state === "read") return extraction;
    if (extraction.state !== "none" || extraction.problem !== undefined) failed ??= extraction;
    // An answer that is marked as such and cannot be read is not replaced by some earlier number.
    if (!isGold && (candidate.place === "box" || extraction.state === "limit")) return extraction;
  }
  return failed ?? NONE;
}

/** What is between the dollars of a text that is one formula, as most datasets' answers are: no need to search it. */
function wholeFormula(source: string): string | undefined {
  const last = source.length - 1;
  if (last < 2 || source[0] !== "$" || source[1] === "$" || source.indexOf("$", 1) !== last) return undefined;
  return source[last - 1] === "\\" || source.includes("\n") || source.includes("boxed")
    ? undefined
    : source.slice(1, last);
}

/** A text that is an answer and nothing else. */
function readBare(source: string, options: ResolvedOptions, isGold: boolean): Extraction | undefined {
  const text = source.trim();
  if (text === "" || !options.targets.includes("latex")) return undefined;
  const digits = /^0*,\d|^\d+$|\./.test(text) || /[ ]/.test(text) ? wholeNumber(text) : undefined;
  const extraction = readParts([{ text: digits ?? text, percent: false }], "the whole text", options);
  if (extraction.state !== "read") return isGold ? extraction : undefined;
  if (extraction.node?.kind === "text") return !isGold && text.split(/\s+/).length > 3 ? undefined : extraction;
  // Words in a row are a sentence, in which the answer is to be looked for; unless they are a unit.
  return extraction.prose || PROSE.test(text) ? undefined : extraction;
}

/** Whether a stretch of prose holds no words but those of mathematics. */
const isMathematics = (text: string): boolean =>
  !/\sa\s|=/.test(text) &&
  (text.match(/(?<![\\A-Za-z])[A-Za-z]{2,}/g) ?? []).every(
    (word) => functionOf(word, true) !== undefined || markOfWord.has(word) || isUnit(word),
  );

function letterExtraction(letter: string, place: Place): Extraction {
  const node = textNode(letter);
  return { state: "read", text: letter, normalized: letter.toLowerCase(), place, node, units: [] };
}

function readCandidate(candidate: Candidate, options: ResolvedOptions): Extraction {
  const { place, parts } = candidate;
  const [first] = parts;
  if (place === "letter") return letterExtraction(first?.text ?? "", place);
  if (candidate.isSentence && !isMathematics(first?.text ?? "")) return NONE;
  const extraction = readParts(parts, place, options);
  return candidate.isSentence && extraction.state === "unreadable" ? NONE : extraction;
}

function readParts(parts: Candidate["parts"], place: Place, options: ResolvedOptions): Extraction {
  const text = parts.map((part) => part.text ?? "").join(", ");
  const failed = { text: text.slice(0, 1_000), normalized: "", place, units: [] };
  try {
    const nodes: Node[] = [];
    const units: string[] = [];
    let asList: Node | undefined;
    let prose = false;
    for (const part of parts) {
      if (part.text === null) return { ...NONE, place, problem: "the box stays open" };
      if (part.text.trim() === "") return { ...NONE, place, problem: "it is empty" };
      const reading = read(part.text, options.read);
      const node: Node = part.percent ? tree("percent", [reading.node]) : reading.node;
      nodes.push(...(node.kind === "list" && parts.length > 1 ? node.parts : [node]));
      units.push(...reading.units);
      prose ||= reading.prose;
      asList = parts.length === 1 ? reading.asList : undefined;
    }
    const [first] = nodes;
    const node: Node | undefined = nodes.length === 1 ? first : tree("list", nodes);
    if (node === undefined) return NONE;
    let normalized: string | undefined;
    return {
      state: "read",
      text,
      // Written when it is asked for: most comparisons never print.
      get normalized() {
        return (normalized ??= print(node));
      },
      place,
      node,
      units,
      prose,
      ...(asList && { asList }),
    };
  } catch (thrown) {
    if (thrown instanceof UnreadableError) return { ...failed, state: "unreadable", problem: thrown.message };
    if (thrown instanceof LimitError) return { ...failed, state: "limit", problem: thrown.message };
    if (thrown instanceof RangeError) return { ...failed, state: "limit", problem: "the answer is nested too deeply" };
    throw thrown;
  }
}
