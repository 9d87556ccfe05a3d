// The share of n-grams that repeat an earlier one, as a penalty (TRL's and Open R1's repetition_penalty).
import { defineReward, PavlovError } from "@pavlov/core";
import { z } from "zod";
import { Numbering } from "../numbering.js";
import { words } from "../python-text.js";

/** What repeats longer stretches repeats shorter ones too. */
const LONGEST_GRAM = 64;

type Unit = "tokens" | "words";

interface Repeated {
  readonly completion: string;
  readonly tokenIds?: readonly number[];
}

function itemsOf({ completion, tokenIds }: Repeated, unit: Unit): readonly (string | number)[] {
  if (unit === "words") return words(completion.toLowerCase());
  if (tokenIds !== undefined) return tokenIds;
  throw new PavlovError('The unit is "tokens", but these completions come without token ids: use unit: words.');
}

/** Puts a number in each of the first `count` places, equal where the values are. How many are different. */
function numberInto<T>(numbers: Int32Array, count: number, valueAt: (index: number) => T): number {
  const known = new Numbering<T>();
  for (let index = 0; index < count; index++) numbers[index] = known.of(valueAt(index));
  return known.size;
}

/**
 * N-grams, and how many of them are different. Each is numbered by two shorter ones that cover it, of twice the size
 * each time, so that long ones take little more time than short ones.
 */
export function countGrams(items: readonly (string | number)[], size: number): { total: number; unique: number } {
  const total = Math.max(0, items.length - size + 1);
  if (total === 0) return { total, unique: 0 };
  // Each n-gram is made of those that begin in its own place or later, so that one list serves all sizes.
  const grams = new Int32Array(items.length);
  let different = numberInto(grams, items.length, (index) => items[index]);
  for (let length = 1; length < size;) {
    const step = Math.min(length, size - length);
    length += step;
    const before = different;
    different = numberInto(
      grams,
      items.length - length + 1,
      (start) => (grams[start] as number) * before + (grams[start + step] as number),
    );
  }
  return { total, unique: different };
}

/**
 * `maxPenalty` times the share of n-grams that occurred before: 0 where nothing repeats or the completion is shorter
 * than one n-gram. On tokens it scores as `get_repetition_penalty_reward` of TRL 1.16 (trl/rewards/other_rewards.py),
 * on words as that of Open R1 in English (src/open_r1/rewards.py), both after Yeo et al., 2025.
 */
export const repetitionPenalty = defineReward({
  name: "repetition-penalty",
  description: "A penalty for the share of n-grams of tokens or words that repeat earlier ones: 0 where none does.",
  params: z.strictObject({
    ngramSize: z
      .number()
      .int()
      .positive()
      .max(LONGEST_GRAM)
      .default(3)
      .describe(`Tokens or words of an n-gram; at most ${LONGEST_GRAM}.`),
    maxPenalty: z
      .number()
      .nonpositive("a penalty is 0 or less: write it with a minus")
      .default(-1)
      .describe("What a completion of nothing but repetition approaches; 0 or less."),
    unit: z
      .enum(["tokens", "words"])
      .default("tokens")
      .describe("tokens: the policy's own. words: separated by whitespace, in lower case."),
  }),
  readsIfPresent: ["tokenIds"],
  range: ({ maxPenalty }) => [maxPenalty, 0],
  score(sample, { params: { ngramSize, maxPenalty, unit } }) {
    const items = itemsOf(sample, unit);
    const { total, unique } = countGrams(items, ngramSize);
    if (total === 0) return { score: 0, reason: `fewer than ${ngramSize} ${unit}` };
    const share = 1 - unique / total;
    // 0 plus, because the product with no repetition would be -0.
    return {
      score: 0 + share * maxPenalty,
      reason: `${total - unique} of ${total} ${ngramSize}-grams of ${unit} repeat`,
      metrics: { repeated: share },
    };
  },
});
