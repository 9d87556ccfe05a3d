// Whether an answer in a text equals the gold answer: extraction, reading, comparison, and a verdict for everything.
import { compareAnswers, contradicts } from "./compare/compare.js";
import type { Rule } from "./compare/comparison.js";
import { isNumeral } from "./compare/numerals.js";
import { extractAnswer, extractGold, type Found, normalized } from "./extract/extract.js";
import { LimitError } from "./limits.js";
import { type MathOptions, type ResolvedOptions, resolveOptions } from "./options.js";
import { integer, type Node } from "./read/nodes.js";
import { differInHalf, sameUnits } from "./read/units.js";

export type Verdict = "correct" | "wrong" | "gold-unparsable" | "no-answer" | "answer-unparsable" | "limit";

export interface Verification {
  readonly verdict: Verdict;
  /** The answer as it stands in the text; empty where there is none. */
  readonly extracted: string;
  /** Where it stood: "box", "answer", … */
  readonly place: string | undefined;
  /** The answer as it was read, in LaTeX of one form; empty where it could not be. */
  readonly normalized: string;
  /** The gold answer as it was read. */
  readonly gold: string;
  /** What decided that they are equal. */
  readonly rule: Rule | undefined;
  /** Whether a limit was the gold answer's fault: a reward abstains then. */
  readonly goldLimit: boolean;
  /** Why something could not be read or compared. */
  readonly problem: string | undefined;
}

/** What the answers' comparison comes to. */
type Judgement = Pick<Verification, "verdict"> & Partial<Pick<Verification, "rule" | "goldLimit" | "problem">>;

/** Gold answers of late: the completions of a group share theirs. */
const golds = new WeakMap<ResolvedOptions, Map<string, Found>>();
const MOST_GOLDS = 64;

function readGold(text: string, options: ResolvedOptions): Found {
  let known = golds.get(options);
  if (known === undefined) golds.set(options, (known = new Map()));
  let found = known.get(text);
  if (found === undefined) {
    found = extractGold(text, options);
    if (known.size >= MOST_GOLDS) known.clear();
    known.set(text, found);
  }
  return found;
}

/**
 * Compares a text's answer with the gold one. No text makes it throw, or take long.
 *
 * @param gold the dataset's answer: `\frac12`, `$x=1$`, or a worked solution with \boxed or ####
 * @param answer a completion, or an answer alone
 */
export function verify(gold: string, answer: string, options: MathOptions = {}): Verification {
  const resolved = resolveOptions(options);
  const wanted = readGold(gold, resolved);
  const given = extractAnswer(answer, resolved);
  const { verdict, rule, goldLimit = false, problem } = judge(wanted, given, resolved);
  return {
    verdict,
    extracted: given.text,
    place: given.place,
    // Written when asked for: most comparisons are never printed.
    get normalized() {
      return normalized(given);
    },
    get gold() {
      return normalized(wanted) || wanted.text;
    },
    rule,
    goldLimit,
    problem,
  };
}

/** Whether the dataset's answer is at fault: rewards abstain then. */
export const isGoldAtFault = ({ verdict, goldLimit }: Verification): boolean =>
  verdict === "gold-unparsable" || goldLimit;

const plain = (text: string): string => text.replaceAll(/\s+|\\[,;:! ]|[{}$.]/g, "");

function judge(wanted: Found, given: Found, options: ResolvedOptions): Judgement {
  const { problem } = given;
  if (wanted.state === "none") return { verdict: "gold-unparsable", problem: "it has no answer" };
  if (wanted.state === "limit") return { verdict: "limit", goldLimit: true, problem: wanted.problem };
  if (wanted.node === undefined) {
    // Text that neither side can read is still the same text.
    const same = given.state === "unreadable" && plain(wanted.text) !== "" && plain(wanted.text) === plain(given.text);
    return same ? { verdict: "correct", rule: "text" } : { verdict: "gold-unparsable", problem: wanted.problem };
  }
  if (given.state === "none") return { verdict: "no-answer", problem };
  if (given.state === "limit") return { verdict: "limit", problem };
  if (given.node === undefined) return { verdict: "answer-unparsable", problem };
  if (options.units === "require" && !sameUnits(wanted.units, given.units)) {
    const unit = given.units.join(" ") || "missing";
    return { verdict: "wrong", problem: `the unit is ${unit} instead of ${wanted.units.join(" ")}` };
  }
  if (differInHalf(wanted.units, given.units)) return { verdict: "wrong", problem: "one is before noon, one after" };
  if (options.requireNumber && isNumeral(wanted.node) && !isNumeral(given.node))
    return { verdict: "wrong", problem: "a number was wanted, and no calculation" };
  try {
    // With units, 2 h may well be 120 min; Math-Verify looks at the last side alone.
    if (options.bare && given.units.length === 0 && contradicts(given.node))
      return { verdict: "wrong", problem: "its sides differ" };
    const rule = equalReadings(wanted, given, options);
    return rule === undefined ? { verdict: "wrong" } : { verdict: "correct", rule };
  } catch (thrown) {
    if (thrown instanceof LimitError)
      return { verdict: "limit", goldLimit: isTooMuch(wanted.node, options), problem: thrown.message };
    if (thrown instanceof RangeError) return { verdict: "limit", problem: "the comparison is too deep" };
    throw thrown;
  }
}

/** Whether a gold answer is beyond the limits against any answer. */
function isTooMuch(gold: Node, options: ResolvedOptions): boolean {
  try {
    compareAnswers(gold, integer(0), options);
    return false;
  } catch {
    return true;
  }
}

/** What makes them equal. A comma between digits may be read both ways, where the other side is a list for certain. */
function equalReadings(wanted: Found, given: Found, options: ResolvedOptions): Rule | undefined {
  const isList = (node: Node | undefined): boolean => /^(?:list|set)$/.test(node?.kind ?? "");
  const readings = [
    [wanted.node, given.node],
    [wanted.asList, given.asList ?? given.node],
    [wanted.node, given.asList],
  ];
  for (const [index, [gold, answer]] of readings.entries()) {
    const fits = index === 0 || (isList(gold) && (isList(answer) || answer?.kind === "relation"));
    const rule = gold && answer && fits ? compareAnswers(gold, answer, options) : undefined;
    if (rule !== undefined) return rule;
  }
  return undefined;
}
