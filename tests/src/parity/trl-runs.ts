/** Whole GRPO runs as TRL recorded them (`trl-runs.json`): rollouts, micro-batches, log lines, final weights. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { compose, datasetFromRows, defineReward, use } from "@pavlov/core";
import { grpoConfigSchema, type GRPOConfigInput } from "@pavlov/trainer";
import { z } from "zod";

/** One micro-batch in TRL's order. Rows of masked completions have no ids. */
export interface RecordedMicroBatch {
  readonly loss: number;
  readonly completion_ids: readonly (readonly number[])[];
  readonly advantages: readonly number[];
  /** null: the ratio is 1 by definition. */
  readonly old_per_token_logps: readonly (readonly number[])[] | null;
  readonly ref_per_token_logps: readonly (readonly number[])[] | null;
  readonly num_items_in_batch: number;
}

export interface RecordedRun {
  readonly config: Readonly<Record<string, unknown>>;
  readonly rollouts: readonly {
    readonly prompt_ids: readonly (readonly number[])[];
    readonly completion_ids: readonly (readonly number[])[];
  }[];
  readonly micro_batches: readonly RecordedMicroBatch[];
  readonly log: readonly Readonly<Record<string, number | null>>[];
  readonly final_parameters: Readonly<Record<string, { readonly norm: number; readonly first4: readonly number[] }>>;
}

export interface Recording {
  /** Its folder in `models`. */
  readonly model: string;
  readonly rows: readonly { readonly question: string; readonly answer: string }[];
  readonly base: Readonly<Record<string, unknown>>;
  readonly runs: Readonly<Record<string, RecordedRun>>;
}

export const readRecording = async (goldenFolder: string): Promise<Recording> =>
  JSON.parse(await readFile(join(goldenFolder, "trl-runs.json"), "utf8")) as Recording;

/** Options that say how TRL computes, or that stand elsewhere here. */
const NOT_OPTIONS = new Set(["bf16", "gradient_checkpointing", "reward_weights"]);

/** The options of a run under our names. */
export const configOf = ({ base }: Recording, run: RecordedRun) => {
  const options = Object.entries({ ...base, ...run.config }).filter(([name]) => !NOT_OPTIONS.has(name));
  const named = options.map(([name, value]) => [name.replace(/_(.)/g, (_, next: string) => next.toUpperCase()), value]);
  const input: GRPOConfigInput = Object.fromEntries(named);
  return { input, config: grpoConfigSchema.parse(input) };
};

const length = defineReward({
  name: "length",
  description: "Nearness to 12 tokens.",
  reads: ["tokenIds"],
  range: [null, 0],
  score: ({ tokenIds }) => -Math.abs(12 - tokenIds.length) / 12,
});

const vowels = defineReward({
  name: "vowels",
  description: "A tenth for each vowel; abstains where the answer is odd.",
  columns: z.object({ answer: z.string() }),
  range: [0, null],
  score: ({ completion, columns }) =>
    Number(columns.answer) % 2 === 1 ? null : (completion.match(/[aeiou]/g) ?? []).length / 10,
});

/** The two rewards of the recording, under the run's weights. */
export const rewardsOf = ({ config }: RecordedRun) => {
  const [first = 1, second = 1] = (config["reward_weights"] ?? []) as readonly number[];
  return compose({ length: use(length, { weight: first }), vowels: use(vowels, { weight: second }) });
};

export const datasetOf = ({ rows }: Recording) =>
  datasetFromRows(
    rows.map(({ question, answer }) => ({ prompt: [{ role: "user", content: question }], answer })),
    { name: "trl-runs" },
  );
