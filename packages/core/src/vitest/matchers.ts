/** Matchers on what {@link score} gives: `toScore`, `toScoreWithin`, `toAbstain`, `toOutrank`. */
import { describeScored, isScoredSample, outranks, say, scoreFits, type ScoredSample } from "../testing/index.js";

interface MatcherResult {
  readonly pass: boolean;
  message(): string;
}

/** What importing `@pavlov/core/vitest` adds to `expect(await score(reward, sample))`. */
export interface RewardMatchers {
  /** The score is this number, within 1e-9. */
  toScore(expected: number): void;
  /** The score lies between the two, which are included. */
  toScoreWithin(lowest: number, highest: number): void;
  /** The reward gave null: it does not apply to the sample. */
  toAbstain(): void;
  /** Scores more than the other, which did not abstain either. */
  toOutrank(worse: ScoredSample): void;
}

declare global {
  /**
   * Vitest takes its assertions from those of chai. Its own `Matchers` has one type parameter in version 4 and two in
   * version 5, so that no declaration could extend both.
   */
  namespace Chai {
    interface Assertion extends RewardMatchers {}
  }
}

/** For `expect.extend`. */
export const rewardMatchers = {
  toScore: (received: unknown, expected: number): MatcherResult =>
    judge("toScore", received, [expected], (scored) => ({
      pass: scoreFits(scored.score, expected),
      wanted: `score ${say(expected)}`,
    })),

  toScoreWithin: (received: unknown, lowest: number, highest: number): MatcherResult =>
    judge("toScoreWithin", received, [lowest, highest], (scored) => ({
      pass: scoreFits(scored.score, [lowest, highest]),
      wanted: `score ${say([lowest, highest])}`,
    })),

  toAbstain: (received: unknown): MatcherResult =>
    judge("toAbstain", received, [], (scored) => ({ pass: scored.score === null, wanted: "abstain" })),

  toOutrank: (received: unknown, worse: unknown): MatcherResult => {
    if (!isScoredSample(worse)) return misuse("toOutrank", worse);
    return judge("toOutrank", received, [], (scored) => ({
      pass: outranks(scored, worse),
      wanted: `score more than ${say(worse.score)}`,
      below: ["than:", ...describeScored(worse)],
    }));
  },
};

interface Judgement {
  readonly pass: boolean;
  /** After "expected … to". */
  readonly wanted: string;
  readonly below?: readonly string[];
}

function judge(
  name: string,
  received: unknown,
  numbers: readonly unknown[],
  look: (scored: ScoredSample) => Judgement,
): MatcherResult {
  if (!isScoredSample(received)) return misuse(name, received);
  const wrong = numbers.find((value) => typeof value !== "number" || Number.isNaN(value));
  if (wrong !== undefined) {
    return { pass: false, message: () => `${name} takes numbers, not ${String(wrong)}; toAbstain expects no score` };
  }
  const { pass, wanted, below = [] } = look(received);
  const lead = `expected "${received.reward}" ${pass ? "not to" : "to"} ${wanted}`;
  return { pass, message: () => [lead, ...describeScored(received), ...below].join("\n") };
}

function misuse(name: string, received: unknown): MatcherResult {
  const isPromise = received instanceof Promise;
  const what = isPromise ? "a promise: await score(…) first" : `${typeof received}: give what await score(…) gives`;
  const fail = { message: () => `${name} takes a scored sample, not ${what}` };
  // Neither `toScore` nor `not.toScore` may pass.
  return Object.defineProperty(fail, "pass", {
    get: () => {
      throw new TypeError(fail.message());
    },
  }) as MatcherResult;
}
