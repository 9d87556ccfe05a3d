// Whether an answer in a text equals the gold answer: extraction, reading, comparison, and a verdict for everything.
import { compareAnswers } from "./compare/compare.js";
import type { Rule } from "./compare/comparison.js";
import { isNumeral } from "./compare/numerals.js";
import { type Extraction, extractAnswer, extractGold } from "./extract/extract.js";
import { LimitError } from "./limits.js";
import { type MathOptions, type ResolvedOptions, resolveOptions } from "./options.js";
import { integer, type Node } from "./read/nodes.js";
import { sameUnits } from "./read/units.js";

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

/** Gold answers of late: the completions of a group share theirs. */
const golds = new WeakMap<ResolvedOptions, Map<string, Extraction>>();
const MOST_GOLDS = 64;

function readGold(text: string, options: ResolvedOptions): Extraction {
  let known = golds.get(options);
  if (known === undefined) golds.set(options, (known = new Map()));
  let extraction = known.get(text);
  if (extraction === undefined) {
    extraction = extractGold(text, options);
    if (known.size >= MOST_GOLDS) known.delete(known.keys().next().value ?? "");
    known.set(text, extraction);
  }
  return extraction;
}

/** Whether a gold answer is beyond the limits against any answer. */
function isTooMuch(gold: Node, options: ResolvedOptions): boolean {
  try {
    compareAnswers(gold, integer(0), options);
    return false;
  } catch (thrown) {
    if (thrown instanceof LimitError) return true;
    throw thrown;
  }
}

const plain = (text: string): string => text.replaceAll(/\s+|\\[,;:! ]|[{}$.]/g, "");

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
  const result = (verdict: Verdict, extra: Partial<Verification> = {}): Verification => ({
    verdict,
    extracted: given.text,
    place: given.place,
    // Written when asked for: most comparisons are never printed.
    get normalized() {
      return given.normalized;
    },
    get gold() {
      return wanted.normalized || wanted.text;
    },
    rule: undefined,
    goldLimit: false,
    problem: undefined,
    ...extra,
  });

  if (wanted.state === "none") return result("gold-unparsable", { problem: "it has no answer" });
  if (wanted.state === "limit") return result("limit", { goldLimit: true, problem: wanted.problem });
  if (wanted.state === "unreadable") {
    // Text that neither side can read is still the same text.
    if (given.state === "unreadable" && plain(wanted.text) !== "" && plain(wanted.text) === plain(given.text))
      return result("correct", { rule: "text" });
    return result("gold-unparsable", { problem: wanted.problem });
  }
  if (given.state === "none") return result("no-answer", { problem: given.problem });
  if (given.state === "limit") return result("limit", { problem: given.problem });
  if (given.state === "unreadable") return result("answer-unparsable", { problem: given.problem });
  if (resolved.units === "require" && !sameUnits(wanted.units, given.units)) {
    return result("wrong", {
      problem: `the unit is ${given.units.join(" ") || "missing"} instead of ${wanted.units.join(" ")}`,
    });
  }
  if (resolved.requireNumber && wanted.node && given.node && isNumeral(wanted.node) && !isNumeral(given.node)) {
    return result("wrong", { problem: "a number was wanted, and no calculation" });
  }
  return compareReadings(wanted, given, resolved, result);
}

/** Whether the dataset's answer is at fault: rewards abstain then. */
export const isGoldAtFault = ({ verdict, goldLimit }: Verification): boolean =>
  verdict === "gold-unparsable" || goldLimit;

function compareReadings(
  wanted: Extraction,
  given: Extraction,
  options: ResolvedOptions,
  result: (verdict: Verdict, extra?: Partial<Verification>) => Verification,
): Verification {
  if (wanted.node === undefined || given.node === undefined) return result("answer-unparsable");
  try {
    const first = compareAnswers(wanted.node, given.node, options);
    if (first.equal) return result("correct", { rule: first.rule });
    // A comma between digits may be read both ways, where the other side is a list for certain.
    for (const [gold, answer] of [
      [wanted.asList, given.asList ?? given.node],
      [wanted.node, given.asList],
    ] as const) {
      const isList = gold?.kind === "list" || gold?.kind === "set";
      const isAnswerList = answer?.kind === "list" || answer?.kind === "set" || answer?.kind === "relation";
      if (gold === undefined || answer === undefined || !isList || !isAnswerList) continue;
      const other = compareAnswers(gold, answer, options);
      if (other.equal) return result("correct", { rule: other.rule });
    }
    return result("wrong");
  } catch (thrown) {
    if (thrown instanceof LimitError)
      return result("limit", { goldLimit: isTooMuch(wanted.node, options), problem: thrown.message });
    if (thrown instanceof RangeError) return result("limit", { problem: "the comparison is too deep" });
    throw thrown;
  }
}
