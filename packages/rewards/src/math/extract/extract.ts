// From text to mathematics: the first candidate that can be read.
import { COMPLETION_CHARACTERS, LimitError, UnreadableError } from "../limits.js";
import { type MathOptions, type ResolvedOptions, resolveOptions } from "../options.js";
import { type Node, text as textNode, tree } from "../read/nodes.js";
import { print } from "../read/print.js";
import { read } from "../read/read.js";
import { functionOf, isUnit, markOfWord } from "../read/vocabulary.js";
import type { Candidate, Place } from "./candidate.js";
import { candidates } from "./candidates.js";
import { isDenied, isQualified, wholeNumber } from "./plain-numbers.js";

/** What was found in a text. */
export interface Found {
  /** `read`: it is mathematics. `none`: there is no answer. `unreadable`: there is one that is no mathematics. */
  readonly state: "read" | "none" | "unreadable" | "limit";
  /** The answer as it stands in the text; empty where there is none. */
  readonly text: string;
  readonly place?: Place;
  /** Why it could not be read. */
  readonly problem?: string;
  readonly node?: Node;
  /** Another reading where a comma may separate thousands or elements. */
  readonly asList?: Node;
  /** The units that were left out, as written. */
  readonly units: readonly string[];
  /** Whether it looks like a sentence rather than a formula. */
  readonly prose?: boolean;
}

export interface Extraction extends Found {
  /** LaTeX in one form; empty unless it was read. */
  readonly normalized: string;
}

const NONE: Found = { state: "none", text: "", units: [] };

const MATHEMATICS = /(?<!\\)\$|\\[([]|\\boxed|\\fbox|####/;
const PROSE = /^[^\d]*(?<![\\A-Za-z])[A-Za-z]{2,}\s+[A-Za-z]{2,}|^[A-Za-z]+['’]s\s|^[A-Za-z]{3,}\s*(?:\d*\s*:|[→-]\s)/;
/** Where a formula is part of a sentence. */
const LOOSE = /answer|LaTeX|number|expression/;
/** Candidates that are tried; most texts need no more than one or two. */
const MOST_TRIED = 200;
/** Longer text is prose that is searched, not read as a whole. */
const LONGEST_BARE = 300;

/** Finds the answer in a completion. No text makes it throw. */
export function extract(text: string, options: MathOptions = {}): Extraction {
  const found = extractAnswer(text, resolveOptions(options));
  return { ...found, normalized: normalized(found) };
}

/** LaTeX in one form; empty unless it was read. */
export const normalized = ({ node, place, text }: Found): string =>
  place === "letter" ? text.toLowerCase() : node ? print(node) : "";

export function extractAnswer(text: string, options: ResolvedOptions): Found {
  let source = text.slice(-COMPLETION_CHARACTERS);
  let isTagged = false;
  if (options.thinking === "strip") {
    const thoughts = source.split("</think>");
    if (thoughts.length === 1 && source.includes("<think>")) return NONE;
    const [, ...answers] = (source = thoughts.at(-1) ?? "").split("<answer>");
    const [answer, end] = answers.at(-1)?.split("</answer>") ?? [];
    isTagged = answer !== undefined;
    if (isTagged && end === undefined) return NONE;
    source = answer ?? source;
  }
  const isShort = isTagged || (source.length <= LONGEST_BARE && !source.trim().includes("\n"));
  return search(source, options, options.bare && !options.requireBoxed && isShort);
}

/** The gold answer: a dataset's text may be an answer alone, or a worked solution. */
export function extractGold(text: string, options: ResolvedOptions): Found {
  const own = { ...options, requireAnchor: false, requireBoxed: false };
  const loose: ResolvedOptions =
    options.preset === "trl" ? { ...own, targets: ["latex", "expression"], boxedPriority: 50 } : own;
  return search(text.slice(-COMPLETION_CHARACTERS), loose, options.bare, true);
}

function search(source: string, options: ResolvedOptions, bare: boolean, isGold = false): Found {
  const { targets, requireAnchor, requireBoxed } = options;
  const letter = targets.includes("letter") && /^[([*]{0,4}([A-Za-z])[)\].*:]{0,6}$/.exec(source.trim())?.[1];
  if (letter && options.letters.includes(letter)) return ofLetter(letter);
  let failed: Found | undefined;
  if (bare && targets.includes("latex") && source.trim() !== "" && !MATHEMATICS.test(source)) {
    const whole = readBare(source.trim(), options, isGold);
    if (whole?.state === "read" || whole?.state === "limit") return whole;
    failed = whole;
  }
  const only = targets[0] === "latex" && !requireAnchor && !requireBoxed ? wholeFormula(source) : undefined;
  if (only !== undefined) {
    const found = readParts([{ text: only, percent: false }], "LaTeX", options);
    if (found.state === "read") return found;
  }
  let tried = 0;
  for (const candidate of candidates(source, options)) {
    if (++tried > MOST_TRIED) break;
    const { place, start, end, isSentence } = candidate;
    if (options.bare && !isGold && !isSentence && LOOSE.test(place)) {
      if (isDenied(source, start)) continue;
      const problem = "it is part of something else";
      if (isQualified(source, start, end))
        return { state: "unreadable", text: source.slice(start, end), place, units: [], problem };
    }
    const found = readCandidate(candidate, options);
    if (found?.state === "read") return found;
    failed ??= found;
    // An answer that is marked as such and cannot be read is not replaced by some earlier number.
    if (!isGold && found && (candidate.place === "box" || found.state === "limit")) return found;
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
function readBare(text: string, options: ResolvedOptions, isGold: boolean): Found | undefined {
  const digits = /^0*,\d|^\d+$|[. ]/.test(text) ? wholeNumber(text) : undefined;
  const found = readParts([{ text: digits ?? text, percent: false }], "the whole text", options);
  if (found.state !== "read") return isGold ? found : undefined;
  if (found.node?.kind === "text") return !isGold && text.split(/\s+/).length > 3 ? undefined : found;
  // Words in a row are a sentence, in which the answer is to be looked for; unless they are a unit.
  return found.prose || PROSE.test(text) ? undefined : found;
}

/** Whether a stretch of prose holds no words but those of mathematics. */
const isMathematics = (text: string): boolean =>
  !/\sa\s|=/.test(text) &&
  (text.match(/(?<![\\A-Za-z])[A-Za-z]{2,}/g) ?? []).every(
    (word) => functionOf(word, true) !== undefined || markOfWord.has(word) || isUnit(word),
  );

const ofLetter = (text: string): Found => ({ state: "read", text, place: "letter", node: textNode(text), units: [] });

function readCandidate({ place, parts, isSentence }: Candidate, options: ResolvedOptions): Found | undefined {
  const text = parts[0]?.text ?? "";
  if (place === "letter") return ofLetter(text);
  if (isSentence && !isMathematics(text)) return undefined;
  const found = readParts(parts, place, options);
  return isSentence && found.state === "unreadable" ? undefined : found;
}

function readParts(parts: Candidate["parts"], place: Place, options: ResolvedOptions): Found {
  const text = parts.map((part) => part.text ?? "").join(", ");
  const nodes: Node[] = [];
  const units: string[] = [];
  let prose = false;
  let asList: Node | undefined;
  try {
    for (const part of parts) {
      if (part.text === null) return { ...NONE, place, problem: "the box stays open" };
      if (part.text.trim() === "") return { ...NONE, place, problem: "it is empty" };
      const reading = read(part.text, options.read);
      const node: Node = part.percent ? tree("percent", [reading.node]) : reading.node;
      nodes.push(...(node.kind === "list" && parts.length > 1 ? node.parts : [node]));
      units.push(...reading.units);
      prose ||= reading.prose;
      asList = reading.asList;
    }
  } catch (thrown) {
    const failed = { text: text.slice(0, 1_000), place, units: [] };
    if (thrown instanceof UnreadableError) return { ...failed, state: "unreadable", problem: thrown.message };
    if (thrown instanceof LimitError) return { ...failed, state: "limit", problem: thrown.message };
    if (thrown instanceof RangeError) return { ...failed, state: "limit", problem: "the answer is nested too deeply" };
    throw thrown;
  }
  const [first] = nodes;
  const node = nodes.length === 1 && first ? first : tree("list", nodes);
  const found: Found = { state: "read", text, place, node, units, prose };
  return asList && parts.length === 1 ? { ...found, asList } : found;
}
