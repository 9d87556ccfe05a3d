// Filters on next-token scores with the exact meaning of transformers' `logits_process.py`: a removed token's score
// becomes -Infinity, and the most likely token always stays.
import type { ResolvedSampling } from "./sampler.js";

/** Makes tokens that occurred less likely (`RepetitionPenaltyLogitsProcessor`); each counts once. */
export function penaliseRepetition(scores: Float32Array, seen: Iterable<number>, penalty: number): void {
  if (penalty === 1) return;
  for (const token of new Set(seen)) {
    const score = scores[token];
    if (score !== undefined) scores[token] = score < 0 ? score * penalty : score / penalty;
  }
}

/** Top-k, top-p and min-p in this order, each on what the one before it has left. Changes `scores`. */
export function filterScores(scores: Float32Array, sampling: Pick<ResolvedSampling, "topK" | "topP" | "minP">): void {
  if (sampling.topK > 0) keepTopK(scores, sampling.topK);
  if (sampling.topP < 1) keepTopP(scores, sampling.topP);
  if (sampling.minP > 0) keepMinP(scores, sampling.minP);
}

/** Removes scores below the k-th largest (`TopKLogitsWarper`); ties with it stay. */
export function keepTopK(scores: Float32Array, k: number): void {
  if (k >= scores.length) return;
  const threshold = selectAscending(scores.slice(), scores.length - k);
  for (let index = 0; index < scores.length; index++) {
    if ((scores[index] as number) < threshold) scores[index] = -Infinity;
  }
}

/**
 * Removes, from the least likely on, tokens whose probabilities sum to at most 1 - topP (`TopPLogitsWarper`). Among
 * equal scores the lower index goes first.
 */
export function keepTopP(scores: Float32Array, topP: number): void {
  const { weights, total } = softmaxWeights(scores);
  const allowance = (1 - topP) * total;
  // However many tokens have at most this weight, together they stay within the allowance: they need no sorting.
  const negligible = allowance / scores.length;
  let removed = 0;
  for (const weight of weights) if (weight <= negligible) removed += weight;
  const rest = weights.filter((weight) => weight > negligible).sort();
  let count = 0;
  while (count < rest.length - 1 && removed + (rest[count] as number) <= allowance) {
    removed += rest[count] as number;
    count++;
  }
  const smallestKept = rest[count] as number;
  let equals = count - rest.indexOf(smallestKept);
  for (let index = 0; index < scores.length; index++) {
    const weight = weights[index] as number;
    if (weight < smallestKept || (weight === smallestKept && equals-- > 0)) scores[index] = -Infinity;
  }
}

/** Removes tokens less likely than `minP` times the most likely one (`MinPLogitsWarper`). */
export function keepMinP(scores: Float32Array, minP: number): void {
  const { weights } = softmaxWeights(scores);
  for (let index = 0; index < scores.length; index++) {
    if ((weights[index] as number) < minP) scores[index] = -Infinity;
  }
}

/** Probabilities times a common factor that makes the largest 1. */
function softmaxWeights(scores: Float32Array): { weights: Float64Array; total: number } {
  let largest = -Infinity;
  for (const score of scores) largest = Math.max(largest, score);
  const weights = new Float64Array(scores.length);
  let total = 0;
  for (let index = 0; index < scores.length; index++) {
    const weight = Math.exp((scores[index] as number) - largest);
    weights[index] = weight;
    total += weight;
  }
  return { weights, total };
}

/** The value that would stand at `rank` if `values` were sorted (Hoare's quickselect). Reorders `values`. */
function selectAscending(values: Float32Array, rank: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >>> 1] as number;
    let left = low;
    let right = high;
    while (left <= right) {
      while ((values[left] as number) < pivot) left++;
      while ((values[right] as number) > pivot) right--;
      if (left > right) break;
      [values[left], values[right]] = [values[right] as number, values[left] as number];
      left++;
      right--;
    }
    if (rank <= right) high = right;
    else if (rank >= left) low = left;
    else break;
  }
  return values[rank] as number;
}
