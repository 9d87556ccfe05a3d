/**
 * Whether fixtures prove anything: a reward is replaced by constants and by noise, and those that every fixture would
 * pass are told. After mutation testing (Stryker), with the mutants of a scoring function.
 */
import { resolvePart } from "../compose/resolve-part.js";
import type { Range, Reward, Score } from "../reward.js";
import { sampleSeed } from "../scorer/seed.js";
import type { Fixture, FixtureCase, FixtureSample } from "./fixture.js";
import { outranks, scoreFits } from "./run-fixture.js";

/** A replacement that no fixture tells from the reward. */
export interface SurvivingMutant {
  /** `always 1, its highest score` */
  readonly name: string;
}

interface Mutant {
  name(range: Range): string;
  score(range: Range, sample: FixtureSample): Score;
}

/** Noise of more than one seed: a few pairs may be guessed by one. */
const NOISE_SEEDS = [1, 2, 3];

const lowest = ([low, high]: Range): number => low ?? (high === null ? 0 : high - 1);
const highest = ([low, high]: Range): number => high ?? lowest([low, high]) + 1;
const middle = (range: Range): number => (lowest(range) + highest(range)) / 2;

const constant = (value: (range: Range) => number, what: string): Mutant => ({
  name: (range) => `always ${value(range)}, ${what}`,
  score: value,
});

const mutants: readonly Mutant[] = [
  constant(lowest, "its lowest score"),
  constant(highest, "its highest score"),
  constant(middle, "the middle of its range"),
  { name: () => "always abstaining", score: () => null },
  ...NOISE_SEEDS.map((seed): Mutant => ({
    name: () => `random numbers in its range (seed ${seed})`,
    score: (range, { completion }) => {
      const share = sampleSeed(seed, hash(completion), 0) / 2 ** 32;
      return lowest(range) + share * (highest(range) - lowest(range));
    },
  })),
];

/**
 * The constants (the range's lowest, highest and middle; 0 and 1 where it has no bounds; abstaining) and the noise that
 * give every score and every order that the fixtures expect. Where there is one, the fixtures prove nothing. Reasons,
 * metrics and rows that expect an error do not count: they would tell any replacement from the reward.
 *
 * @throws PavlovError for params of a fixture that do not fit.
 */
export function survivingMutants(reward: Reward, fixtures: readonly Fixture[]): readonly SurvivingMutant[] {
  const rows = fixtures.filter(({ kind }) => kind !== "failing");
  const survivors = mutants.filter((mutant) => rows.every((fixture) => passes(mutant, reward, fixture)));
  const [first] = rows;
  const params = first === undefined || first.kind === "failing" ? {} : caseOf(first).params;
  const range = first === undefined ? ([0, 1] as const) : rangeOf(reward, params);
  return survivors.map(({ name }) => ({ name: name(range) }));
}

function caseOf(fixture: Exclude<Fixture, { kind: "failing" }>): FixtureCase {
  return fixture.kind === "scored" ? fixture.case : fixture.better;
}

function passes(mutant: Mutant, reward: Reward, fixture: Fixture): boolean {
  if (fixture.kind === "failing") return true;
  if (fixture.kind === "ranked") {
    const [better, worse] = [fixture.better, fixture.worse].map(({ samples, params }) => ({
      score: mutant.score(rangeOf(reward, params), samples[0] as FixtureSample),
    }));
    return better !== undefined && worse !== undefined && outranks(better, worse);
  }
  const range = rangeOf(reward, fixture.case.params);
  return fixture.case.samples.every((sample, index) => {
    const expected = fixture.expected[index];
    return expected !== undefined && scoreFits(mutant.score(range, sample), expected.score);
  });
}

function rangeOf(reward: Reward, given: FixtureCase["params"]): Range {
  const { params } = resolvePart(reward.name, { reward, options: { params: given } }, false);
  return reward.range(params);
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
