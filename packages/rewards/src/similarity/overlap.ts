// ROUGE (Lin, 2004) and BLEU (Papineni et al., 2002) of one text against one reference, held to rouge-score and sacrebleu.
// No kept library has BLEU, and that of ROUGE takes 150 ms for the longest common subsequence of 2,000 words.
import { commonInOrder } from "../common-in-order.js";

/** Precision, recall and their harmonic mean, from 0 to 1. */
export interface Overlap {
  readonly score: number;
  readonly precision: number;
  readonly recall: number;
}

const overlapOf = (common: number, given: number, wanted: number): Overlap => {
  const precision = given === 0 ? 0 : common / given;
  const recall = wanted === 0 ? 0 : common / wanted;
  return { score: common === 0 ? 0 : (2 * precision * recall) / (precision + recall), precision, recall };
};

function countGrams(tokens: readonly string[], size: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start + size <= tokens.length; start++) {
    // Tokens hold no space, so that joining keeps them apart.
    const gram = tokens.slice(start, start + size).join(" ");
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

/** N-grams of both texts, each as often as both have it. */
function commonGrams(given: readonly string[], wanted: readonly string[], size: number): number {
  const counts = countGrams(wanted, size);
  let common = 0;
  for (const [gram, count] of countGrams(given, size)) common += Math.min(count, counts.get(gram) ?? 0);
  return common;
}

const gramsOf = (tokens: readonly string[], size: number): number => Math.max(0, tokens.length - size + 1);

/** ROUGE-N: the F1 score of common n-grams. Only the first `limit` tokens can be common; the others still count. */
export function rougeN(given: readonly string[], wanted: readonly string[], size: number, limit: number): Overlap {
  const common = commonGrams(given.slice(0, limit), wanted.slice(0, limit), size);
  return overlapOf(common, gramsOf(given, size), gramsOf(wanted, size));
}

/** ROUGE-L: the F1 score of the longest common subsequence, of the first `limit` tokens as above. */
export function rougeL(given: readonly string[], wanted: readonly string[], limit: number): Overlap {
  return overlapOf(commonInOrder(given.slice(0, limit), wanted.slice(0, limit)), given.length, wanted.length);
}

/** The longest n-grams of BLEU. */
const LONGEST_GRAM = 4;

/**
 * BLEU of a sentence as sacrebleu's `sentence_bleu` over 100: n-grams of up to 4 tokens, fewer where the text is shorter
 * (effective order), exponential smoothing (Chen and Cherry, 2014, method 3), times the penalty for short texts.
 */
export function bleu(given: readonly string[], wanted: readonly string[], limit: number): number {
  const [first, reference] = [given.slice(0, limit), wanted.slice(0, limit)];
  if (commonGrams(first, reference, 1) === 0) return 0;
  let logarithms = 0;
  let smoothing = 1;
  let order = 0;
  for (let size = 1; size <= LONGEST_GRAM && gramsOf(given, size) > 0; size++) {
    const common = commonGrams(first, reference, size);
    if (common === 0) smoothing *= 2;
    logarithms += Math.log((common === 0 ? 1 / smoothing : common) / gramsOf(given, size));
    order = size;
  }
  const penalty = given.length < wanted.length ? Math.exp(1 - wanted.length / given.length) : 1;
  // Rounding may lift the mean of ones above 1.
  return Math.min(1, penalty * Math.exp(logarithms / order));
}
