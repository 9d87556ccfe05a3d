import { compose, defineReward, PavlovError, use } from "@pavlov/core";
import { describe, expect, test } from "vitest";
import { succeeds, successRule } from "./success.js";

const correct = defineReward({ name: "correct", description: "Right.", range: [0, 1], score: () => 1 });
const bonus = defineReward({ name: "bonus", description: "Up to 5.", range: [-1, 5], score: () => 1 });
const long = defineReward({ name: "long", description: "Longer is better.", range: [0, null], score: () => 1 });
const rewards = compose({ correct: use(correct), bonus: use(bonus), long: use(long) });

describe("what a success is", () => {
  test("is the highest score of each reward that is named", () => {
    expect(successRule(["correct", "bonus"], rewards)).toEqual({ correct: 1, bonus: 5 });
  });
  test("cannot name a reward that is not there: the nearest is offered", () => {
    expect(() => successRule(["corect"], rewards)).toThrow(
      'evaluate.success names "corect", which is none of the rewards (correct, bonus, long). Did you mean "correct"?',
    );
  });
  test("cannot need a reward without a highest score", () => {
    expect(() => successRule(["long"], rewards)).toThrow(PavlovError);
    expect(() => successRule(["long"], rewards)).toThrow('names "long", whose score has no upper limit');
  });
});

describe("a completion succeeds", () => {
  const rule = { correct: 1, bonus: 5 };
  test("when every named reward gives its highest score, whatever the others give", () => {
    expect(succeeds({ correct: 1, bonus: 5, long: 0 }, rule)).toBe(true);
    expect(succeeds({ correct: 0.1 + 0.2 + 0.7, bonus: 5 }, rule)).toBe(true);
  });
  test("not when one gives less, abstains or failed", () => {
    expect(succeeds({ correct: 1, bonus: 4.9 }, rule)).toBe(false);
    expect(succeeds({ correct: null, bonus: 5 }, rule)).toBe(false);
    expect(succeeds({ bonus: 5 }, rule)).toBe(false);
  });
});
