/** Looks for a text on which a reward breaks its duties, with fast-check, and shrinks it to the shortest that it finds. */
import type { Reward } from "../reward.js";
import { withCompletion, type CheckedCase, type CheckProblem, type ScorerShelf } from "./check-cases.js";
import { broken, type Duties } from "./duties.js";

/** What answers and thinking are set off by, and what numbers are written with. */
const pieces = ["<think>", "</think>", "<answer>", "</answer>", "\\boxed{", "}", "#### ", "7", "1,290.5", "-$", "```"];
const characters = ["é", "e\u0301", "😀", "\ud83d", "\u0000", "\u0085", "\u3000", "\n", "%", ".", "{", '"'];

/**
 * @param runs texts that are tried
 * @param seed decides which
 */
export async function breakingText(
  reward: Reward,
  cases: readonly CheckedCase[],
  shelf: ScorerShelf,
  { runs, seed, ...duties }: Duties & { readonly runs: number; readonly seed: number },
): Promise<CheckProblem | undefined> {
  // Only who runs this check loads its library.
  const { default: fc } = await import("fast-check");
  const text = fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.constantFrom(...characters), fc.string()))
    .map((parts) => parts.join(""));
  let last: CheckProblem | undefined;
  const property = fc.asyncProperty(text, fc.constantFrom(...cases), fc.nat(), async (completion, one, place) => {
    const found = await broken(reward, withCompletion(one, completion, place), shelf, duties);
    if (!found) return true;
    last = { ...found, completion };
    return false;
  });
  const result = await fc.check(property, { numRuns: runs, seed });
  if (!result.failed) return undefined;
  const [completion = ""] = result.counterexample ?? [];
  const shrunk = result.numShrinks > 0 ? `, shortened ${result.numShrinks} times` : "";
  const message = (last?.message ?? "it failed").replace(/\.$/, "");
  return { ...last, message: `${message} (seed ${result.seed}${shrunk})`, completion };
}
