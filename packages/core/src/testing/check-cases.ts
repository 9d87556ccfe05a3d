/** What standard checks score: the samples of fixtures, with texts of the checks' own in place of the completions. */
import { resolvePart } from "../compose/resolve-part.js";
import { errorMessage } from "../error.js";
import type { Range, Reward } from "../reward.js";
import type { Fixture, FixtureCase } from "./fixture.js";
import { placeOf } from "./run-fixture.js";
import {
  openTestScorer,
  type Isolation,
  type ScoredSample,
  type ScoringOptions,
  type TestScorer,
} from "./score-sample.js";

/** A case of a fixture, and where it comes from. */
export interface CheckedCase extends FixtureCase {
  /** Of the fixture, as messages name it. */
  readonly origin: string;
}

/** What is wrong, in a sentence, and what it was wrong on. */
export interface CheckProblem {
  readonly message: string;
  readonly completion?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  /** The fixture whose columns and params were used. */
  readonly origin?: string;
}

/** Every case that must score: those of rows that expect scores, and both of each pair. */
export function casesOf(fixtures: readonly Fixture[]): readonly CheckedCase[] {
  return fixtures.flatMap((fixture): CheckedCase[] => {
    const place = placeOf(fixture);
    const origin = `${place} ${fixture.name}`.trim();
    if (fixture.kind === "scored") return [{ ...fixture.case, origin }];
    if (fixture.kind === "ranked") return [fixture.better, fixture.worse].map((each) => ({ ...each, origin }));
    return [];
  });
}

/** Cases of one sample that differ in nothing but the completion become one. */
export function distinctSettings(cases: readonly CheckedCase[]): readonly CheckedCase[] {
  const known = new Map<string, CheckedCase>();
  for (const one of cases) {
    const [first, ...others] = one.samples;
    const key = JSON.stringify([
      one.params,
      { ...first, completion: others.length === 0 ? "" : first?.completion },
      others,
    ]);
    if (!known.has(key)) known.set(key, one);
  }
  return [...known.values()];
}

/** The case with another completion in one place of it. */
export function withCompletion(one: CheckedCase, completion: string, place: number): CheckedCase {
  const at = place % one.samples.length;
  return { ...one, samples: one.samples.map((sample, index) => (index === at ? { ...sample, completion } : sample)) };
}

/** Scorers by params, set up once and kept while a check goes on. */
export interface ScorerShelf {
  scorer(params: FixtureCase["params"]): TestScorer;
  range(params: FixtureCase["params"]): Range;
  dispose(): Promise<void>;
}

export function openShelf(reward: Reward, options: ScoringOptions, isolation?: Isolation): ScorerShelf {
  const scorers = new Map<string, TestScorer>();
  const ranges = new Map<string, Range>();
  return {
    scorer(params) {
      const key = JSON.stringify(params);
      const known = scorers.get(key) ?? openTestScorer(reward, params, options, isolation);
      scorers.set(key, known);
      return known;
    },
    range(params) {
      const key = JSON.stringify(params);
      const known =
        ranges.get(key) ?? reward.range(resolvePart(reward.name, { reward, options: { params } }, false).params);
      ranges.set(key, known);
      return known;
    },
    async dispose() {
      await Promise.all([...scorers.values()].map((scorer) => scorer.dispose()));
    },
  };
}

/** Results of a case, or the problem that there are none. */
export async function scoreOrProblem(
  shelf: ScorerShelf,
  one: CheckedCase,
  signal?: AbortSignal,
): Promise<readonly ScoredSample[] | CheckProblem> {
  try {
    return await shelf.scorer(one.params).score([one.samples], signal);
  } catch (thrown) {
    return problem(one, `scoring failed: ${errorMessage(thrown)}`);
  }
}

/** A problem of a case. */
export function problem(
  one: CheckedCase,
  message: string,
  completion = one.samples[0]?.completion ?? "",
): CheckProblem {
  return { message, completion, params: one.params, origin: one.origin };
}

/** Cases that can be scored as they are. What is wrong with the others is another check's to tell, and told once. */
export async function scorable(cases: readonly CheckedCase[], shelf: ScorerShelf): Promise<readonly CheckedCase[]> {
  const found: CheckedCase[] = [];
  for (const one of cases) if (Array.isArray(await scoreOrProblem(shelf, one))) found.push(one);
  return found;
}
