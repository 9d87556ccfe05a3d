/** The checks that every reward must pass beside its own fixtures, under the columns and params of those. */
import { errorMessage } from "../error.js";
import type { Reward } from "../reward.js";
import { breakingText } from "./any-text.js";
import {
  casesOf,
  distinctSettings,
  openShelf,
  problem,
  scorable,
  scoreOrProblem,
  withCompletion,
  type CheckedCase,
  type CheckProblem,
  type ScorerShelf,
} from "./check-cases.js";
import { broken, difference, isList, type Duties } from "./duties.js";
import type { Fixture } from "./fixture.js";
import { hostileTexts, type HostileText } from "./hostile-texts.js";
import { rangeProblem } from "./high-and-low.js";
import type { Isolation, ScoringOptions } from "./score-sample.js";
import { shuffled } from "./shuffled.js";

export interface StandardCheckOptions extends ScoringOptions, Duties {
  /** Milliseconds that scoring one hostile text may take: a guard against hangs. Default 30,000. */
  readonly timeBudget?: number;
  /** Texts that the property check makes up. Default 200. */
  readonly runs?: number;
  /** Decides the texts that are made up, and the orders that are tried. Default 1. */
  readonly checkSeed?: number;
  /**
   * Where a worker can import the reward: hostile texts are then scored in one, which is killed when the time budget is
   * used up, even in an endless loop, and are one check together. Without it such a loop is never left.
   */
  readonly source?: Isolation["source"];
}

/** One check, that a test runner may turn into a test. */
export interface StandardCheck {
  /** `scores any text inside its range` */
  readonly name: string;
  /** What is wrong, if anything is. Never rejects. */
  run(): Promise<CheckProblem | undefined>;
}

/**
 * The checks of a reward: its scores are finite and inside its range; where it is `deterministic`, the same when asked
 * twice, in another order of the batch, and of the group; it survives hostile texts within a time budget; any text,
 * seeded and shortened; and its fixtures hold a high and a low score.
 *
 * A reward that asks services (`needs: ["network"]`) is not given texts of the checks' own, unless `fetch` answers them:
 * a function, not a recording.
 */
export function standardChecks(
  reward: Reward,
  fixtures: readonly Fixture[],
  options: StandardCheckOptions = {},
): readonly StandardCheck[] {
  const { timeBudget = 30_000, runs = 200, checkSeed = 1, source, reasons = false, strict = false } = options;
  const duties: Duties = { reasons, strict };
  const cases = casesOf(fixtures);
  const check = (
    name: string,
    work: (shelf: ScorerShelf) => Promise<CheckProblem | undefined>,
    isolation?: Isolation,
  ) => ({
    name,
    run: () => withShelf(reward, options, isolation, work),
  });

  const checks: StandardCheck[] = [
    check("has fixtures of a high and of a low score", async () => rangeProblem(reward, fixtures)),
    check(
      reward.deterministic
        ? "scores its fixtures inside its range, the same each time"
        : "scores its fixtures inside its range",
      (shelf) => first(cases, (one) => broken(reward, one, shelf, duties)),
    ),
  ];
  if (cases.length === 0) return checks;
  // With a shelf of its own, in this thread: whose endless loop on a fixture would be seen by now.
  let usable: Promise<readonly CheckedCase[]> | undefined;
  const usableCases = (): Promise<readonly CheckedCase[]> => (usable ??= findUsable(reward, cases, options));
  if (reward.deterministic) {
    checks.push(
      check("scores a batch alike in any order", async (shelf) =>
        moved(reward, await usableCases(), shelf, checkSeed, duties),
      ),
    );
  }
  if (reward.needs.includes("network") && typeof options.fetch !== "function") return checks;
  const survives = async (shelf: ScorerShelf, { completion }: HostileText) =>
    first(distinctSettings(await usableCases()), (one) =>
      withinBudget(reward, one, completion, shelf, timeBudget, duties),
    );
  if (source) {
    // One check, since workers take their time to start.
    const all = async (shelf: ScorerShelf) => {
      for (const text of hostileTexts()) {
        const found = await survives(shelf, text);
        if (found) return { ...found, message: `on ${text.name}, ${found.message}` };
      }
      return undefined;
    };
    checks.push(check("survives hostile texts", all, { source, timeout: 2 * timeBudget }));
  } else {
    for (const text of hostileTexts()) {
      checks.push(check(`survives ${text.name}`, async (shelf) => survives(shelf, text)));
    }
  }
  const property = async (shelf: ScorerShelf) => {
    const settings = distinctSettings(await usableCases());
    if (settings.length === 0) return { message: "none of its fixtures can be scored" };
    return breakingText(reward, settings, shelf, { ...duties, runs, seed: checkSeed });
  };
  checks.push(check("scores any text inside its range", property));
  return checks;
}

async function withShelf(
  reward: Reward,
  options: StandardCheckOptions,
  isolation: Isolation | undefined,
  work: (shelf: ScorerShelf) => Promise<CheckProblem | undefined>,
): Promise<CheckProblem | undefined> {
  const shelf = openShelf(reward, options, isolation);
  try {
    return await work(shelf);
  } catch (thrown) {
    return { message: errorMessage(thrown) };
  } finally {
    await shelf.dispose();
  }
}

async function findUsable(
  reward: Reward,
  cases: readonly CheckedCase[],
  options: StandardCheckOptions,
): Promise<readonly CheckedCase[]> {
  const shelf = openShelf(reward, options);
  try {
    return await scorable(cases, shelf);
  } finally {
    await shelf.dispose();
  }
}

async function first(
  cases: readonly CheckedCase[],
  look: (one: CheckedCase) => Promise<CheckProblem | undefined>,
): Promise<CheckProblem | undefined> {
  for (const one of cases) {
    const found = await look(one);
    if (found) return found;
  }
  return undefined;
}

async function withinBudget(
  reward: Reward,
  one: CheckedCase,
  completion: string,
  shelf: ScorerShelf,
  budget: number,
  duties: Duties,
): Promise<CheckProblem | undefined> {
  const replaced = withCompletion(one, completion, 0);
  // Rewards that count tokens need some.
  const samples = replaced.samples.map((sample) => ({ ...sample, tokenIds: sample.tokenIds ?? [1, 2, 3] }));
  const counted = { ...replaced, samples };
  // Models that load and workers that start are no matter of a text.
  await shelf.scorer(one.params).setup();
  const start = performance.now();
  const limit = AbortSignal.timeout(budget);
  const results = await scoreOrProblem(shelf, counted, limit);
  const took = performance.now() - start;
  // A reward that never waits holds back the signal too.
  if (limit.aborted || took > budget) return problem(counted, `it took over its time budget of ${budget} ms`);
  return isList(results) ? broken(reward, counted, shelf, duties) : results;
}

/** All cases of the same params in one batch, and the same in another order. */
async function moved(
  reward: Reward,
  cases: readonly CheckedCase[],
  shelf: ScorerShelf,
  seed: number,
  duties: Duties,
): Promise<CheckProblem | undefined> {
  for (const batch of byParams(cases)) {
    const order = shuffled(batch, seed);
    const scorer = shelf.scorer(batch[0]?.params ?? {});
    const before = await scorer.score(batch.map(({ samples }) => samples));
    const after = await scorer.score(order.map(({ samples }) => samples));
    const sizes = order.map(({ samples }) => samples.length);
    for (const [index, one] of batch.entries()) {
      const start = sum(batch.slice(0, index).map(({ samples }) => samples.length));
      const there = sum(sizes.slice(0, order.indexOf(one)));
      const size = one.samples.length;
      // Floating-point sums may come out a little different in another order, whatever is owed otherwise.
      const loose = reward.scope === "sample" ? duties : { reasons: false, strict: false };
      const found = difference(one, before.slice(start, start + size), after.slice(there, there + size), loose);
      if (found) {
        const seeds = ". A reward whose scores depend on its place or on context.seed says deterministic: false";
        return { ...found, message: `in another order of the batch, it gave ${found.message}${seeds}` };
      }
    }
  }
  return undefined;
}

function byParams(cases: readonly CheckedCase[]): readonly (readonly CheckedCase[])[] {
  const batches = new Map<string, CheckedCase[]>();
  for (const one of cases) {
    const key = JSON.stringify(one.params);
    const batch = batches.get(key);
    if (batch) batch.push(one);
    else batches.set(key, [one]);
  }
  return [...batches.values()];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
