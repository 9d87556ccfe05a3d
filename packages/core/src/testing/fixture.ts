/** What a fixture is: samples that a reward scores and what it must say of them. After ESLint's RuleTester. */
import type { ErrorLocation } from "../error.js";
import type { Message } from "../reward.js";

/** What a sample of a fixture gives a reward to read. */
export interface FixtureSample {
  readonly completion: string;
  /** The dataset's columns under the reward's own names. Default none. */
  readonly columns?: Readonly<Record<string, unknown>>;
  readonly prompt?: string;
  readonly messages?: readonly Message[];
  readonly tokenIds?: readonly number[];
  readonly finishReason?: "stop" | "length";
}

/** A number, the lowest and highest that will do, or null: the reward abstains. */
export type ExpectedScore = number | readonly [lowest: number, highest: number] | null;

/** What a reward must say of one sample. What is left out may be anything. */
export interface ExpectedResult {
  readonly score: ExpectedScore;
  readonly reason?: string;
  readonly metrics?: Readonly<Record<string, number>>;
}

/** Samples that are scored in one call under the same params: one, or the completions of one prompt. */
export interface FixtureCase {
  readonly samples: readonly FixtureSample[];
  readonly params: Readonly<Record<string, unknown>>;
  /** Written as a group, even where it has one sample. */
  readonly isGroup?: boolean;
}

/** A row whose samples must be scored so, in this order. */
export interface ScoredFixture {
  readonly kind: "scored";
  readonly case: FixtureCase;
  /** One for each sample of the case. */
  readonly expected: readonly ExpectedResult[];
}

/** A row that must be an error whose message contains this text. */
export interface FailingFixture {
  readonly kind: "failing";
  readonly case: FixtureCase;
  readonly error: string;
}

/** A row of two samples, of which one must score more than the other. */
export interface RankedFixture {
  readonly kind: "ranked";
  readonly better: FixtureCase;
  readonly worse: FixtureCase;
}

/** One row of a fixture file. */
export type Fixture = {
  /** The row's own name, or words that tell it from others. */
  readonly name: string;
  /** Where the row stands; absent for rows that are given from code. */
  readonly location?: ErrorLocation;
} & (ScoredFixture | FailingFixture | RankedFixture);

/** A fixture file that was read and checked. */
export interface FixtureFile {
  /** Absolute path. */
  readonly file: string;
  readonly fixtures: readonly Fixture[];
}

/** How far a score may lie from the expected one: room for rounding. */
export const SCORE_TOLERANCE = 1e-9;
