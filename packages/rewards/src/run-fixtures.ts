// Runs a reward's fixtures.jsonl, one vitest test to a row, and the checks that every reward must pass.
import type { ObjectSchema, ReadKey, Reward, RewardContext, Sample, Score, ScoreResult } from "@pavlov/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Expected, type FixtureCase, type FixtureSample, readFixtures } from "./fixture-rows.test.support.js";
import { hostileTexts } from "./hostile-texts.test.support.js";

/** What a reward said of one sample. */
interface ScoredSample {
  readonly score: Score;
  readonly reason?: string;
  readonly metrics?: Readonly<Record<string, number>>;
}

/** Scores as the scorer would: columns and params validated, `setup` before, `dispose` after, a group in one call. */
async function score(reward: Reward, { samples, params: given }: FixtureCase): Promise<readonly ScoredSample[]> {
  const params = await validated(reward.params, given);
  const inputs: Sample<object, ReadKey>[] = [];
  for (const [index, sample] of samples.entries()) {
    // Only what `reads` names is read; a fixture that leaves it out tests what the reward then says.
    const input: Partial<Sample<object, ReadKey>> = {
      index,
      groupId: "0",
      ...withoutUndefined(sample),
      columns: await validated(reward.columns, sample.columns),
    };
    inputs.push(input as Sample<object, ReadKey>);
  }
  const shared = {
    params,
    signal: new AbortController().signal,
    env: {},
    log: () => {},
    fetch: globalThis.fetch,
  };
  const state = await reward.setup?.(shared);
  try {
    const results = await call(reward, inputs, { ...shared, state, seed: 0 });
    return results.map((result) => (typeof result === "object" && result !== null ? result : { score: result }));
  } finally {
    await reward.dispose?.(state);
  }
}

async function call(
  reward: Reward,
  inputs: readonly Sample<object, ReadKey>[],
  context: RewardContext<object, unknown>,
): Promise<readonly ScoreResult[]> {
  if (reward.scoreGroup) return reward.scoreGroup(inputs, context);
  if (reward.scoreBatch) return reward.scoreBatch(inputs, context);
  const results: ScoreResult[] = [];
  for (const input of inputs) results.push((await reward.score?.(input, context)) ?? null);
  return results;
}

function withoutUndefined({ completion, columns: _columns, ...read }: FixtureSample): Partial<Sample<object, ReadKey>> {
  const present = Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
  return { completion, ...present };
}

async function validated(schema: ObjectSchema, value: object): Promise<object> {
  const result = await schema["~standard"].validate(value);
  if (result.issues) throw new Error(result.issues.map((issue) => issue.message).join("; "));
  return result.value;
}

/** One test for each row of the file, and the standard checks with the params of every row. */
export function runFixtures(reward: Reward, file: URL): void {
  const fixtures = readFixtures(file);
  const cases = fixtures.flatMap((fixture) => (fixture.kind === "scored" ? [fixture.case] : []));

  describe(`${reward.name}: fixtures`, () => {
    for (const fixture of fixtures) {
      it(`${fixture.line}: ${fixture.name}`, async () => {
        if (fixture.kind === "failing") {
          await expect(score(reward, fixture.case)).rejects.toThrow(fixture.error);
        } else if (fixture.kind === "ranked") {
          const [better, worse] = await scorePair(reward, fixture.better, fixture.worse);
          expect(better?.score).toBeGreaterThan(worse?.score ?? Number.NaN);
        } else {
          const results = await score(reward, fixture.case);
          expect(results).toHaveLength(fixture.expected.length);
          for (const [index, expected] of fixture.expected.entries()) expectScored(results[index], expected);
          expect(await violation(reward, fixture.case)).toBeUndefined();
        }
      });
    }

    it("hold a high and a low score", () => {
      const expected = fixtures.flatMap((fixture) => (fixture.kind === "scored" ? fixture.expected : []));
      const scores = expected.flatMap(({ score: each }) => (typeof each === "number" ? [each] : []));
      expect(Math.max(...scores)).toBeGreaterThan(Math.min(...scores));
    });
  });

  describe(`${reward.name}: every reward's duties`, () => {
    it("scores any text within its range, the same each time", async () => {
      const tags = ["<think>", "</think>", "<answer>", "</answer>", "\\boxed{", "}", "#### ", "7", "1,290.5", "-$"];
      const characters = ["é", "e\u0301", "😀", "\ud83d", "\u0000", "\u0085", "\u3000", "\n", "%", "."];
      const text = fc
        .array(fc.oneof(fc.constantFrom(...tags), fc.constantFrom(...characters), fc.string()))
        .map((parts) => parts.join(""));
      await fc.assert(
        fc.asyncProperty(text, fc.constantFrom(...cases), fc.nat(), async (completion, one, place) => {
          expect(await violation(reward, withCompletion(one, completion, place))).toBeUndefined();
        }),
        { numRuns: 200 },
      );
    });

    it.each(hostileTexts())("survives $name", async ({ completion }) => {
      for (const one of cases) {
        const { samples } = withCompletion(one, completion, 0);
        const counted = samples.map((sample) => ({ ...sample, tokenIds: sample.tokenIds ?? [1, 2, 3] }));
        expect(await violation(reward, { ...one, samples: counted })).toBeUndefined();
      }
    });

    const groups = cases.filter(({ samples }) => samples.length > 1);
    for (const [index, { samples, params }] of groups.entries()) {
      it(`scores the completions of group ${index + 1} alike in any order`, async () => {
        const results = await score(reward, { samples, params });
        const reversed = await score(reward, { samples: samples.toReversed(), params });
        expect(reversed.toReversed().map((result) => result.score)).toEqual(results.map((result) => result.score));
      });
    }
  });
}

/** A reward that compares sees both at once. */
async function scorePair(
  reward: Reward,
  better: FixtureCase,
  worse: FixtureCase,
): Promise<readonly (ScoredSample | undefined)[]> {
  if (reward.scope === "group") return score(reward, { ...better, samples: [...better.samples, ...worse.samples] });
  return [(await score(reward, better))[0], (await score(reward, worse))[0]];
}

const withCompletion = ({ samples, params }: FixtureCase, completion: string, place: number): FixtureCase => ({
  samples: samples.map((sample, index) => (index === place % samples.length ? { ...sample, completion } : sample)),
  params,
});

function expectScored(actual: ScoredSample | undefined, expected: Expected): void {
  const measured = actual?.score ?? null;
  if (Array.isArray(expected.score)) {
    expect(measured).toBeGreaterThanOrEqual(expected.score[0]);
    expect(measured).toBeLessThanOrEqual(expected.score[1]);
  } else if (expected.score === null) {
    expect(measured).toBeNull();
  } else {
    expect(measured).not.toBeNull();
    expect(
      Math.abs((measured ?? Number.NaN) - expected.score),
      `${measured}, not ${expected.score}`,
    ).toBeLessThanOrEqual(1e-9);
  }
  if (expected.reason !== undefined) expect(actual?.reason).toBe(expected.reason);
  if (expected.metrics !== undefined) expect(actual?.metrics).toEqual(expected.metrics);
}

/** What results break of a reward's duties: the same each time, one to a sample, and each as {@link problemOf} wants. */
async function violation(reward: Reward, one: FixtureCase): Promise<string | undefined> {
  const results = await score(reward, one);
  const again = await score(reward, one);
  if (JSON.stringify(again) !== JSON.stringify(results)) {
    return `once ${JSON.stringify(results)}, then ${JSON.stringify(again)}`;
  }
  if (results.length !== one.samples.length) return `${results.length} results for ${one.samples.length} samples`;
  const [lowest, highest] = reward.range(await validated(reward.params, one.params));
  return results.map((result) => problemOf(result, lowest ?? -Infinity, highest ?? Infinity)).find(Boolean);
}

/** A short reason of one line, and a finite score within the range. */
function problemOf({ score: given, reason = "" }: ScoredSample, lowest: number, highest: number): string | undefined {
  if (!/^.{1,200}$/u.test(reason)) {
    return `the reason ${JSON.stringify(reason)} is not one line of at most 200 characters`;
  }
  if (given === null) return undefined;
  const inRange = Number.isFinite(given) && given >= lowest && given <= highest;
  if (inRange && !Object.is(given, -0)) return undefined;
  return `${Object.is(given, -0) ? "-0" : given} outside [${lowest}, ${highest}]`;
}
