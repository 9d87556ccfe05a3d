/**
 * Scores hostile completions with one built-in reward, in a process of its own so that its memory can be told, and prints
 * one JSON object: `node hostile-child.js <reward>`. Columns and params are those of the reward's fixtures.
 */
import { readFileSync } from "node:fs";
import { errorMessage, validateSync, type ObjectSchema, type Reward, type Sample } from "@pavlov/core";
import builtIn from "@pavlov/rewards";
import { z } from "zod";
import type { HostileFigures } from "./hostile.js";
import { hostileTexts } from "./hostile-texts.js";

/** Runs of each, of which the fastest counts: the others are the machine's other work. */
const RUNS = 3;

/** Completions of one prompt. */
const GROUP = 4;

const record = z.record(z.string(), z.unknown());
const fixture = z.looseObject({
  columns: record.default({}),
  params: record.default({}),
  group: z.array(z.looseObject({ columns: record.default({}) })).optional(),
  error: z.string().optional(),
  better: z.unknown().optional(),
});

interface Setting {
  readonly columns: object;
  readonly params: object;
}

const checked = (schema: ObjectSchema, value: object): object => {
  const result = validateSync(schema, value);
  if (!result.ok) throw new Error(result.issues.map(({ message }) => message).join("; "));
  return result.value;
};

/** Every columns and params of the fixtures that score, once each. JavaScript's own regular expressions are left out. */
const settingsOf = ({ name, columns, params }: Reward): readonly Setting[] => {
  const file = new URL(`../../../packages/rewards/src/${name}/fixtures.jsonl`, import.meta.url);
  const settings = new Map<string, Setting>();
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (line.trim() === "") continue;
    const row = fixture.parse(JSON.parse(line));
    if (row.error !== undefined || row.better !== undefined || row.params["engine"] === "v8") continue;
    const given = { columns: row.group?.[0]?.columns ?? row.columns, params: row.params };
    const key = JSON.stringify(given);
    if (settings.has(key)) continue;
    settings.set(key, { columns: checked(columns, given.columns), params: checked(params, given.params) });
  }
  return [...settings.values()];
};

const tokenIds = Array.from({ length: 25_000 }, (_, index) => index % 7);

const sampleOf = (completion: string, columns: object, index: number): Sample<object, "tokenIds" | "prompt"> => ({
  completion,
  columns,
  index,
  groupId: "0",
  prompt: "How much is three and four?",
  tokenIds,
});

const main = async (name: string): Promise<HostileFigures> => {
  const reward: Reward | undefined = (builtIn.rewards as Readonly<Record<string, Reward>>)[name];
  if (!reward) throw new Error(`There is no reward "${name}".`);
  const settings = settingsOf(reward);
  const signal = new AbortController().signal;
  let worst = { milliseconds: 0, input: "" };
  let failure: string | undefined;
  let [peak, baseline, calls] = [0, 0, 0];
  for (const { columns, params } of settings) {
    const shared = { params, signal, env: {}, log: () => {}, fetch: globalThis.fetch };
    const state = await reward.setup?.(shared);
    const context = { ...shared, state, seed: 0 };
    const score = (completion: string): unknown => {
      // Every reward with fixtures and without needs of its own reads no more than this.
      const group = Array.from({ length: GROUP }, (_, index) => sampleOf(completion, columns, index));
      const samples = group as unknown as Parameters<NonNullable<Reward["scoreGroup"]>>[0];
      if (reward.scoreGroup) return reward.scoreGroup(samples, context);
      if (reward.scoreBatch) return reward.scoreBatch(samples, context);
      return samples[0] && reward.score?.(samples[0], context);
    };
    await score("7");
    if (baseline === 0) baseline = process.memoryUsage.rss();
    for (const [input, completion] of Object.entries(hostileTexts)) {
      let fastest = Number.POSITIVE_INFINITY;
      for (let run = 0; run < RUNS && fastest > 5; run++) {
        const start = performance.now();
        try {
          await score(completion);
        } catch (thrown) {
          failure ??= `${input}: ${errorMessage(thrown)}`;
        }
        fastest = Math.min(fastest, performance.now() - start);
        calls += 1;
        peak = Math.max(peak, process.memoryUsage.rss());
      }
      if (fastest > worst.milliseconds) worst = { milliseconds: fastest, input };
    }
    await reward.dispose?.(state);
  }
  return {
    ...worst,
    ...(failure === undefined ? {} : { failure }),
    settings: settings.length,
    calls,
    baselineBytes: baseline,
    peakBytes: peak,
  };
};

console.log(JSON.stringify(await main(process.argv[2] ?? "")));
