/** Makes fixtures of checked rows. */
import { PavlovError, type ErrorLocation } from "../error.js";
import { rowChecker } from "./check-row.js";
import type { ExpectedResult, ExpectedScore, Fixture, FixtureCase, FixtureSample } from "./fixture.js";
import { shorten } from "./shorten.js";

/** A row as a fixture file holds it; see `fixtureRowSchema`. */
export type FixtureRow = { readonly name?: string } & (SingleRow | GroupRow | PairRow);

type Params = Readonly<Record<string, unknown>>;

/** One sample with its score, or with the error that scoring it must be. */
export type SingleRow = FixtureSample & { readonly params?: Params } & (
    | (ExpectedResult & { readonly error?: never })
    | { readonly error: string; readonly score?: never }
  );

/** What samples of one dataset's row have in common; a sample's own takes its place. */
type Shared = Pick<FixtureSample, "columns" | "prompt" | "messages">;

/** Completions of one prompt that are scored together. */
export type GroupRow = Shared & { readonly params?: Params } & (
    | { readonly group: readonly (FixtureSample & ExpectedResult)[]; readonly error?: never }
    | { readonly group: readonly FixtureSample[]; readonly error: string }
  );

/** Two samples of which one must score more. */
export interface PairRow extends Shared {
  readonly better: FixtureSample & { readonly params?: Params };
  readonly worse: FixtureSample & { readonly params?: Params };
  /** Those of both, where they have none of their own. */
  readonly params?: Params;
}

/** The fixture that a checked row says. */
export function toFixture(row: FixtureRow, location: ErrorLocation | undefined): Fixture {
  const named = { name: row.name ?? nameOf(row), ...(location && { location }) };
  if ("better" in row) {
    const side = ({ params = row.params ?? {}, ...sample }: PairRow["better"]): FixtureCase => ({
      samples: [sampleOf({ ...sharedBy(row), ...sample })],
      params,
    });
    return { kind: "ranked", ...named, better: side(row.better), worse: side(row.worse) };
  }
  const { params = {} } = row;
  const members = "group" in row ? row.group : [row];
  const shared = "group" in row ? sharedBy(row) : {};
  const samples = members.map((member) => sampleOf({ ...shared, ...member }));
  const scored: FixtureCase = { samples, params, isGroup: "group" in row };
  if (row.error !== undefined) return { kind: "failing", ...named, case: scored, error: row.error };
  return { kind: "scored", ...named, case: scored, expected: members.map(expectedOf) };
}

/** Rows that are given from code instead of a file, checked as those of a file are. */
export async function fixturesFromRows(rows: readonly FixtureRow[]): Promise<readonly Fixture[]> {
  const check = await rowChecker();
  return rows.map((row, index) => {
    const [problem] = check(row);
    if (problem) throw new PavlovError(`Fixture ${index + 1}: ${problem.message}.`);
    return toFixture(row, undefined);
  });
}

function sampleOf({ completion, columns, prompt, messages, tokenIds, finishReason }: FixtureSample): FixtureSample {
  return {
    completion,
    ...(columns !== undefined && { columns }),
    ...(prompt !== undefined && { prompt }),
    ...(messages !== undefined && { messages }),
    ...(tokenIds !== undefined && { tokenIds }),
    ...(finishReason !== undefined && { finishReason }),
  };
}

function sharedBy({ columns, prompt, messages }: Shared): Shared {
  return { ...(columns && { columns }), ...(prompt !== undefined && { prompt }), ...(messages && { messages }) };
}

function expectedOf(member: FixtureSample & Partial<ExpectedResult>): ExpectedResult {
  const { score, reason, metrics } = member;
  return {
    // Where there is no error, the row was checked to have it.
    score: score as ExpectedScore,
    ...(reason !== undefined && { reason }),
    ...(metrics !== undefined && { metrics }),
  };
}

/** A row without a name is told by what it scores. */
function nameOf(row: FixtureRow): string {
  const shown = ({ completion }: FixtureSample) => JSON.stringify(shorten(completion, 60));
  if ("better" in row) return `${shown(row.better)} over ${shown(row.worse)}`;
  if ("group" in row) return `group of ${row.group.length}, ${shown(row.group[0] as FixtureSample)} first`;
  return shown(row);
}
