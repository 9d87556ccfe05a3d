// What the length rewards count: characters (code points), words or tokens.
import { PavlovError } from "@pavlov/core";
import { z } from "zod";
import { codePointCount, wordCount } from "./python-text.js";

/** The `unit` param of the length rewards. */
export const lengthUnit = z
  .enum(["characters", "words", "tokens"])
  .default("characters")
  .describe(
    "What to count: characters (Unicode code points), words (separated by whitespace), " +
      "or tokens (the policy's own, the end-of-sequence token included).",
  );

export type LengthUnit = z.output<typeof lengthUnit>;

/**
 * Length of a completion in the given unit.
 *
 * @throws PavlovError when tokens are asked for and the sample comes without token ids, as in a file of plain text.
 */
export function measureLength(
  sample: { readonly completion: string; readonly tokenIds?: readonly number[] },
  unit: LengthUnit,
): number {
  if (unit === "characters") return codePointCount(sample.completion);
  if (unit === "words") return wordCount(sample.completion);
  if (sample.tokenIds === undefined) {
    throw new PavlovError(
      'The unit is "tokens", but these completions come without token ids: use "characters" or "words".',
    );
  }
  return sample.tokenIds.length;
}

/** `1 word`, `20 words`. */
export const lengthInWords = (length: number, unit: LengthUnit): string =>
  `${length} ${length === 1 ? unit.slice(0, -1) : unit}`;
