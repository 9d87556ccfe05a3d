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
  const threshold = scores.slice().sort()[scores.length - k] as number;
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
  const ascending = Uint32Array.from(scores.keys()).sort(
    (a, b) => (scores[a] as number) - (scores[b] as number) || a - b,
  );
  let cumulative = 0;
  for (const index of ascending.subarray(0, -1)) {
    cumulative += weights[index] as number;
    if (cumulative / total > 1 - topP) break;
    scores[index] = -Infinity;
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
