// ROUGE (Lin, 2004) and BLEU (Papineni et al., 2002) of one text against one reference, held to rouge-score and sacrebleu.
// No kept library has BLEU, and that of ROUGE takes 150 ms for the longest common subsequence of 2,000 words.
import { commonInOrder } from "../common-in-order.js";
import { Numbering } from "../numbering.js";

/** Precision, recall and their harmonic mean, from 0 to 1. */
export interface Overlap {
  readonly score: number;
  readonly precision: number;
  readonly recall: number;
}

/** A text's tokens as numbers, in which comparing takes little time and memory. */
export interface Tokens {
  /**
   * The numbers of the first tokens, of as many as are compared: equal where the tokens are; -1 where no reference has
   * the token.
   */
  readonly numbers: Int32Array;
  /** How many tokens there are. Those beyond count, and are common to nothing. */
  readonly count: number;
}

/**
 * The tokens of a text.
 *
 * @param parts the tokens themselves, in order
 * @param limit how many are compared
 * @param numberOf gives a token's number
 */
export function numberTokens(
  parts: Iterable<readonly string[]>,
  limit: number,
  numberOf: (token: string) => number,
): Tokens {
  const numbers = new Int32Array(limit);
  let count = 0;
  for (const tokens of parts) {
    for (const token of tokens) {
      if (count < limit) numbers[count] = numberOf(token);
      count++;
    }
  }
  return { numbers: numbers.subarray(0, Math.min(count, limit)), count };
}

const overlapOf = (common: number, given: Tokens, wanted: Tokens, size = 1): Overlap => {
  const [all, right] = [gramsOf(given, size), gramsOf(wanted, size)];
  const precision = all === 0 ? 0 : common / all;
  const recall = right === 0 ? 0 : common / right;
  return { score: common === 0 ? 0 : (2 * precision * recall) / (precision + recall), precision, recall };
};

const gramsOf = ({ count }: Tokens, size: number): number => Math.max(0, count - size + 1);

/** N-grams of two texts as numbers, those of the given text that the wanted one lacks as -1. */
interface Grams {
  readonly given: Int32Array;
  readonly wanted: Int32Array;
}

/** N-grams that are longer by a token: each is a shorter one and the token after it. */
function lengthened({ given, wanted }: Grams, tokens: Grams, size: number): Grams {
  const longer = new Numbering<number>();
  const different = tokens.wanted.reduce((most, token) => Math.max(most, token + 1), 0);
  const after = size - 1;
  const right = wanted
    .subarray(0, Math.max(0, tokens.wanted.length - after))
    .map((gram, start) => longer.of(gram * different + (tokens.wanted[start + after] as number)));
  const found = given.subarray(0, Math.max(0, tokens.given.length - after)).map((gram, start) => {
    const token = tokens.given[start + after] as number;
    return gram < 0 || token < 0 || token >= different ? -1 : longer.find(gram * different + token);
  });
  return { given: found, wanted: right };
}

/** N-grams of both texts, each as often as both have it. */
function commonOf({ given, wanted }: Grams): number {
  const left = new Int32Array(wanted.reduce((most, gram) => Math.max(most, gram + 1), 0));
  for (const gram of wanted) left[gram] = (left[gram] as number) + 1;
  let common = 0;
  for (const gram of given) {
    const rest = gram < 0 ? 0 : (left[gram] ?? 0);
    if (rest === 0) continue;
    left[gram] = rest - 1;
    common++;
  }
  return common;
}

/** Tokens, pairs of tokens and so on, up to n-grams of `longest` tokens. */
function gramsUpTo(longest: number, given: Tokens, wanted: Tokens): Grams[] {
  const tokens: Grams = { given: given.numbers, wanted: wanted.numbers };
  const grams = [tokens];
  for (let size = 2; size <= longest; size++) grams.push(lengthened(grams.at(-1) ?? tokens, tokens, size));
  return grams;
}

/** ROUGE-1 or ROUGE-2: the F1 score of common tokens, or of pairs of them. */
export function rougeN(given: Tokens, wanted: Tokens, size: 1 | 2): Overlap {
  const grams = gramsUpTo(size, given, wanted)[size - 1];
  return overlapOf(grams ? commonOf(grams) : 0, given, wanted, size);
}

/** ROUGE-L: the F1 score of the longest common subsequence. */
export function rougeL(given: Tokens, wanted: Tokens): Overlap {
  return overlapOf(commonInOrder(given.numbers, wanted.numbers), given, wanted);
}

/** The longest n-grams of BLEU. */
const LONGEST_GRAM = 4;

/**
 * BLEU of a sentence as sacrebleu's `sentence_bleu` over 100: n-grams of up to 4 tokens, fewer where the text is shorter
 * (effective order), exponential smoothing (Chen and Cherry, 2014, method 3), times the penalty for short texts.
 */
export function bleu(given: Tokens, wanted: Tokens): number {
  let logarithms = 0;
  let smoothing = 1;
  let order = 0;
  for (const [shorter, grams] of gramsUpTo(LONGEST_GRAM, given, wanted).entries()) {
    const all = gramsOf(given, shorter + 1);
    const common = commonOf(grams);
    if (common === 0 && shorter === 0) return 0;
    if (all === 0) break;
    if (common === 0) smoothing *= 2;
    logarithms += Math.log((common === 0 ? 1 / smoothing : common) / all);
    order++;
  }
  const penalty = given.count < wanted.count ? Math.exp(1 - wanted.count / given.count) : 1;
  // Rounding may lift the mean of ones above 1.
  return Math.min(1, penalty * Math.exp(logarithms / order));
}
