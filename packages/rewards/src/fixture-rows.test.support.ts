// The rows of a reward's fixtures.jsonl: a sample, a group or a pair, and what a reward must say of it.
import { readFileSync } from "node:fs";
import { z } from "zod";

const named = { name: z.string().optional() };
const params = z.record(z.string(), z.unknown()).default({});
const inputs = {
  completion: z.string(),
  columns: z.record(z.string(), z.unknown()).default({}),
  prompt: z.string().optional(),
  messages: z.array(z.strictObject({ role: z.string(), content: z.string() })).optional(),
  tokenIds: z.array(z.number().int().nonnegative()).optional(),
  finishReason: z.enum(["stop", "length"]).optional(),
};
const expected = {
  /** A number within 1e-9, the lowest and highest that will do, or null: abstains. */
  score: z.union([z.number(), z.tuple([z.number(), z.number()]), z.null()]),
  reason: z.string().optional(),
  metrics: z.record(z.string(), z.number()).optional(),
};
const members = z.array(z.strictObject({ ...inputs, ...expected })).min(1);
const ranked = z.strictObject({ ...inputs, params, ...named });

const fixtureRow = z.union([
  z.strictObject({ ...named, params, ...inputs, ...expected }),
  z.strictObject({ ...named, params, ...inputs, error: z.string() }),
  z.strictObject({ ...named, params, group: members }),
  z.strictObject({ ...named, params, group: z.array(z.strictObject(inputs)), error: z.string() }),
  z.strictObject({ ...named, better: ranked, worse: ranked }),
]);

/** What a sample of a fixture gives a reward to read. */
export type FixtureSample = Omit<z.output<typeof members>[number], keyof typeof expected>;

/** What a reward must say of one sample. */
export type Expected = Pick<z.output<typeof members>[number], keyof typeof expected>;

/** Samples that are scored in one call: one, or the completions of one prompt. */
export interface FixtureCase {
  readonly samples: readonly FixtureSample[];
  readonly params: Readonly<Record<string, unknown>>;
}

/** A line of the file, whichever form it has. */
export type Fixture = { readonly line: number; readonly name: string } & (
  | { readonly kind: "scored"; readonly case: FixtureCase; readonly expected: readonly Expected[] }
  | { readonly kind: "failing"; readonly case: FixtureCase; readonly error: string }
  | { readonly kind: "ranked"; readonly better: FixtureCase; readonly worse: FixtureCase }
);

const sampleOf = ({ completion, columns, prompt, messages, tokenIds, finishReason }: FixtureSample): FixtureSample => ({
  completion,
  columns,
  ...(prompt !== undefined && { prompt }),
  ...(messages !== undefined && { messages }),
  ...(tokenIds !== undefined && { tokenIds }),
  ...(finishReason !== undefined && { finishReason }),
});

function fixtureOf(row: z.output<typeof fixtureRow>, line: number, name: string): Fixture {
  const alone = (sample: z.output<typeof ranked>) => ({ samples: [sampleOf(sample)], params: sample.params });
  if ("better" in row) return { kind: "ranked", line, name, better: alone(row.better), worse: alone(row.worse) };
  const samples = "group" in row ? row.group.map(sampleOf) : [sampleOf(row)];
  const scored = { samples, params: row.params };
  if ("error" in row) return { kind: "failing", line, name, case: scored, error: row.error };
  return { kind: "scored", line, name, case: scored, expected: "group" in row ? row.group : [row] };
}

/** All rows of the file, from line 1; a row without a name is named by its text. */
export function readFixtures(file: URL): Fixture[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .map((text, index) => ({ text, line: index + 1 }))
    .filter(({ text }) => text.trim() !== "")
    .map(({ text, line }) => {
      const row = fixtureRow.parse(JSON.parse(text));
      return fixtureOf(row, line, row.name ?? text.slice(0, 80));
    });
}
