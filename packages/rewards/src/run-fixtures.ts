// Runs a reward's fixtures.jsonl, one vitest test to a row, and the checks that every reward must pass.
import { readFileSync } from "node:fs";
import type { ObjectSchema, ReadKey, Reward, RewardContext, Sample, Score } from "@pavlov/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const sampleFields = {
  name: z.string().optional(),
  completion: z.string(),
  columns: z.record(z.string(), z.unknown()).default({}),
  params: z.record(z.string(), z.unknown()).default({}),
  prompt: z.string().optional(),
  messages: z.array(z.strictObject({ role: z.string(), content: z.string() })).optional(),
  tokenIds: z.array(z.number().int().nonnegative()).optional(),
  finishReason: z.enum(["stop", "length"]).optional(),
};
const unscoredRow = z.strictObject(sampleFields);
const scoredRow = z.strictObject({
  ...sampleFields,
  score: z.union([z.number(), z.tuple([z.number(), z.number()]), z.null()]),
  reason: z.string().optional(),
  metrics: z.record(z.string(), z.number()).optional(),
});
const failingRow = z.strictObject({ ...sampleFields, error: z.string() });
const rankedRow = z.strictObject({
  name: z.string().optional(),
  better: unscoredRow,
  worse: unscoredRow,
});
const fixtureRow = z.union([scoredRow, failingRow, rankedRow]);

type FixtureSample = z.output<typeof unscoredRow>;

export interface ScoredSample {
  readonly score: Score;
  readonly reason?: string;
  readonly metrics?: Readonly<Record<string, number>>;
}

/** Scores one sample as the scorer would: columns and params validated, `setup` before, `dispose` after. */
async function scoreSample(reward: Reward, sample: Partial<FixtureSample>): Promise<ScoredSample> {
  const params = await validated(reward.params, sample.params ?? {});
  const columns = await validated(reward.columns, sample.columns ?? {});
  const shared = {
    params,
    signal: new AbortController().signal,
    env: {},
    log: () => {},
    fetch: globalThis.fetch,
  };
  const state = await reward.setup?.(shared);
  const { name: _name, params: _params, ...inputs } = sample;
  const input = { index: 0, groupId: "0", ...inputs, completion: sample.completion ?? "", columns };
  const context: RewardContext<object, unknown> = { ...shared, state, seed: 0 };
  try {
    // Only what `reads` names is read; a fixture that leaves it out tests what the reward then says.
    const result = await reward.score?.(input as Partial<Sample<object, ReadKey>> as Sample<object, ReadKey>, context);
    if (result === undefined) throw new Error(`${reward.name} does not score single samples`);
    return typeof result === "object" && result !== null ? result : { score: result };
  } finally {
    await reward.dispose?.(state);
  }
}

async function validated(schema: ObjectSchema, value: object): Promise<object> {
  const result = await schema["~standard"].validate(value);
  if (result.issues) throw new Error(result.issues.map((issue) => issue.message).join("; "));
  return result.value;
}

/** One test for each row of the file, and the standard checks with the params of every row. */
export function runFixtures(reward: Reward, file: URL): void {
  const rows = readFileSync(file, "utf8")
    .split("\n")
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== "")
    .map(({ line, number }) => ({ number, row: fixtureRow.parse(JSON.parse(line)) }));

  describe(`${reward.name}: fixtures`, () => {
    for (const { number, row } of rows) {
      it(`${number}: ${row.name ?? JSON.stringify(row).slice(0, 80)}`, async () => {
        if ("better" in row) {
          const [better, worse] = [await scoreSample(reward, row.better), await scoreSample(reward, row.worse)];
          expect(better.score).toBeGreaterThan(worse.score ?? Number.NaN);
        } else if ("error" in row) {
          await expect(scoreSample(reward, row)).rejects.toThrow(row.error);
        } else {
          expectScored(await scoreSample(reward, row), row);
          expect(await violation(reward, row)).toBeUndefined();
        }
      });
    }

    it("hold a high and a low score", () => {
      const scores = rows.flatMap(({ row }) => ("score" in row && typeof row.score === "number" ? [row.score] : []));
      expect(Math.max(...scores)).toBeGreaterThan(Math.min(...scores));
    });
  });

  const samples = rows.flatMap(({ row }) => ("score" in row ? [row] : []));
  describe(`${reward.name}: every reward's duties`, () => {
    it("scores any text within its range, the same each time", async () => {
      const tags = ["<think>", "</think>", "<answer>", "</answer>", "\\boxed{", "}", "#### ", "7", "1,290.5", "-$"];
      const characters = ["é", "e\u0301", "😀", "\ud83d", "\u0000", "\u0085", "\u3000", "\n", "%", "."];
      const text = fc
        .array(fc.oneof(fc.constantFrom(...tags), fc.constantFrom(...characters), fc.string()))
        .map((parts) => parts.join(""));
      await fc.assert(
        fc.asyncProperty(text, fc.constantFrom(...samples), async (completion, sample) => {
          expect(await violation(reward, { ...sample, completion })).toBeUndefined();
        }),
        { numRuns: 200 },
      );
    });

    it.each(hostileTexts())("survives $name", async ({ completion }) => {
      for (const { params, columns } of samples) {
        expect(await violation(reward, { params, columns, completion, tokenIds: [1, 2, 3] })).toBeUndefined();
      }
    });
  });
}

function expectScored(actual: ScoredSample, expected: z.output<typeof scoredRow>): void {
  if (Array.isArray(expected.score)) {
    expect(actual.score).toBeGreaterThanOrEqual(expected.score[0]);
    expect(actual.score).toBeLessThanOrEqual(expected.score[1]);
  } else if (expected.score === null) {
    expect(actual.score).toBeNull();
  } else {
    expect(Math.abs((actual.score ?? Number.NaN) - expected.score)).toBeLessThanOrEqual(1e-9);
  }
  if (expected.reason !== undefined) expect(actual.reason).toBe(expected.reason);
  if (expected.metrics !== undefined) expect(actual.metrics).toEqual(expected.metrics);
}

/** What a result breaks of a reward's duties: the same each time, a short reason, a finite score within the range. */
async function violation(reward: Reward, sample: Partial<FixtureSample>): Promise<string | undefined> {
  const result = await scoreSample(reward, sample);
  const again = await scoreSample(reward, sample);
  if (JSON.stringify(again) !== JSON.stringify(result))
    return `once ${JSON.stringify(result)}, then ${JSON.stringify(again)}`;
  const { score, reason = "" } = result;
  if (!/^.{1,200}$/u.test(reason))
    return `the reason ${JSON.stringify(reason)} is not one line of at most 200 characters`;
  if (score === null) return undefined;
  const [lowest, highest] = reward.range(await validated(reward.params, sample.params ?? {}));
  const inRange = Number.isFinite(score) && score >= (lowest ?? -Infinity) && score <= (highest ?? Infinity);
  if (!inRange || Object.is(score, -0)) return `${Object.is(score, -0) ? "-0" : score} outside [${lowest}, ${highest}]`;
  return undefined;
}

/** Texts of 100 kB on which a careless search takes minutes: the test's own time limit is the judge. */
function hostileTexts(): { readonly name: string; readonly completion: string }[] {
  const filled = (part: string) => part.repeat(Math.ceil(100_000 / part.length));
  return [
    { name: "an empty completion", completion: "" },
    { name: "lone surrogates", completion: "\ud83d <answer>\udc00</answer>" },
    { name: "100 kB of one letter", completion: filled("a") },
    { name: "100 kB of digits", completion: filled("7") },
    { name: "100 kB of zeros and a one", completion: `${filled("0")}1` },
    { name: "100 kB of whitespace", completion: filled(" \n") },
    { name: "100 kB of emoji", completion: filled("👩‍🚀") },
    {
      name: "100 kB of combining marks in an answer",
      completion: `<answer>${filled("\u0301\u0323")}</answer>`,
    },
    { name: "100 kB of opening tags", completion: filled("<think><answer>") },
    { name: "100 kB of closing tags", completion: `<think>${filled("</think> ")}` },
    {
      name: "100 kB of thinking without an answer's end",
      completion: filled("<think></think><answer>"),
    },
    { name: "100 kB of open boxes", completion: filled("\\boxed{") },
    {
      name: "100 kB of nested boxes",
      completion: `${filled("\\boxed{").slice(0, 50_000)}${filled("}").slice(0, 50_000)}`,
    },
    { name: "100 kB of hashes", completion: filled("#### 7\n") },
    { name: "100 kB of commas", completion: filled("1,234") },
  ];
}
