/** Whole GRPO runs as TRL recorded them (`trl-runs.json`): rollouts, micro-batches, log lines, final weights. */
import { cp, mkdtemp, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compose, datasetFromRows, defineReward, use } from "@pavlov/core";
import type { GRPOConfigInput, RolloutFunction } from "@pavlov/trainer";
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
export const configOf = ({ base }: Recording, run: RecordedRun): GRPOConfigInput => {
  const options = Object.entries({ ...base, ...run.config }).filter(([name]) => !NOT_OPTIONS.has(name));
  const camelCase = (name: string): string => name.replace(/_(.)/g, (_match, next: string) => next.toUpperCase());
  return Object.fromEntries(options.map(([name, value]) => [camelCase(name), value]));
};

/** Gives the recorded completions in place of sampled ones. */
export const recordedRollouts =
  ({ rollouts }: RecordedRun): RolloutFunction =>
  async ({ generation }) =>
    (rollouts[generation]?.completion_ids ?? []).map((tokenIds) => ({ tokenIds }));

/** How transformers splits text for every Qwen2 model, whatever its tokenizer.json says. */
const QWEN2_SPLITTING = {
  type: "Sequence",
  pretokenizers: [
    {
      type: "Split",
      pattern: {
        Regex:
          "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" +
          "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
      },
      behavior: "Isolated",
      invert: false,
    },
    { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
  ],
};

/**
 * A copy of the recording's model with the tokenizer that TRL had: it loads one by the model's type, and the class of
 * Qwen2 splits text in its own way. The caller removes the folder.
 */
export const copyModel = async (goldenFolder: string, { model }: Recording): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "pavlov-parity-model-"));
  await cp(join(goldenFolder, "models", model), folder, { recursive: true });
  const path = join(goldenFolder, "models", model, "tokenizer.json");
  const tokenizer = JSON.parse(await readFile(path, "utf8")) as object;
  const changed = JSON.stringify({ ...tokenizer, pre_tokenizer: QWEN2_SPLITTING });
  await writeFile(join(folder, "tokenizer-of-trl.json"), changed);
  await rename(join(folder, "tokenizer-of-trl.json"), join(folder, "tokenizer.json"));
  return folder;
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
