import { describe, expect, test } from "vitest";
import { uniform } from "./uniform.js";
import { filterScores, keepMinP, keepTopK, keepTopP, penaliseRepetition } from "./filters.js";

const scoresOf = (probabilities: readonly number[]) => Float32Array.from(probabilities, (p) => Math.log(p));
const kept = (scores: Float32Array) => [...scores.keys()].filter((index) => scores[index] !== -Infinity);

describe("repetition penalty", () => {
  test("divides positive and multiplies negative scores, once for each token", () => {
    const scores = Float32Array.of(2, -2, 3, -1);
    penaliseRepetition(scores, [0, 1, 1, 0], 2);
    expect([...scores]).toEqual([1, -4, 3, -1]);
  });
});

describe("top-k", () => {
  test("keeps the k largest and those equal to the k-th", () => {
    const scores = Float32Array.of(1, 3, 2, 2, 0);
    keepTopK(scores, 2);
    expect(kept(scores)).toEqual([1, 2, 3]);
  });

  test("keeps everything when k reaches the vocabulary", () => {
    const scores = Float32Array.of(1, 3, 2);
    keepTopK(scores, 7);
    expect(kept(scores)).toEqual([0, 1, 2]);
  });
});

describe("top-p", () => {
  test("keeps the smallest set of likely tokens that reaches p", () => {
    const scores = scoresOf([0.1, 0.5, 0.15, 0.25]);
    keepTopP(scores, 0.7);
    expect(kept(scores)).toEqual([1, 3]);
  });

  test("removes a tail whose sum is exactly 1 - p", () => {
    const scores = scoresOf([0.25, 0.5, 0.25]);
    keepTopP(scores, 0.75);
    expect(kept(scores)).toEqual([1, 2]);
  });

  test("keeps the most likely token however small p is", () => {
    const scores = scoresOf([0.3, 0.4, 0.3]);
    keepTopP(scores, 1e-9);
    expect(kept(scores)).toEqual([1]);
  });
});

describe("min-p", () => {
  test("keeps tokens at least minP times as likely as the likeliest", () => {
    const scores = scoresOf([0.5, 0.26, 0.24]);
    keepMinP(scores, 0.5);
    expect(kept(scores)).toEqual([0, 1]);
  });
});

test("filters work on what the one before has left: top-k, then top-p, then min-p", () => {
  // Top-k leaves 0.4, 0.3, 0.2, that is 0.444, 0.333, 0.222: top-p at 0.75 drops the last one only because of top-k.
  const scores = scoresOf([0.4, 0.3, 0.2, 0.1]);
  filterScores(scores, { topK: 3, topP: 0.75, minP: 0 });
  expect(kept(scores)).toEqual([0, 1]);
  filterScores(scores, { topK: 0, topP: 1, minP: 0.9 });
  expect(kept(scores)).toEqual([0]);
});

describe("on a large vocabulary", () => {
  const size = 3000;
  // Rounded, so that many scores are equal.
  const random = (seed: number) =>
    Float32Array.from({ length: size }, (_, index) => Math.round(40 * uniform(seed, 0, index, 0) ** 3) / 4);

  test.each([1, 7, 100, 2999])("top-k keeps what sorting keeps, k = %i", (k) => {
    const scores = random(k);
    const threshold = [...scores].sort((a, b) => b - a)[k - 1] as number;
    const expected = [...scores.keys()].filter((index) => (scores[index] as number) >= threshold);
    keepTopK(scores, k);
    expect(kept(scores)).toEqual(expected);
  });

  test.each([0.1, 0.5, 0.9, 0.999])("top-p keeps what sorting keeps, p = %d", (topP) => {
    const scores = random(3);
    const weights = Array.from(scores, (score) => Math.exp(score));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const ascending = [...weights.keys()].sort((a, b) => (weights[a] as number) - (weights[b] as number) || a - b);
    let cumulative = 0;
    const expected = ascending.filter((index, place) => {
      cumulative += (weights[index] as number) / total;
      return cumulative > 1 - topP || place === size - 1;
    });
    keepTopP(scores, topP);
    expect(kept(scores)).toEqual(expected.sort((a, b) => a - b));
  });
});
