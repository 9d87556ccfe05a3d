/**
 * What `pavlov bench` trains: grade-school problems as chat prompts, one reward for the length of an answer and one
 * for its digits, every completion as long as it may be. The work is that of the program which times TRL.
 */
import { checkDataset, compose, defineReward, errorMessage, loadDataset, PavlovError, use } from "@pavlov/core";
import type { Composite, Dataset, DatasetRow } from "@pavlov/core";
import { targetLength } from "@pavlov/rewards";
import { resolveDataset, type GRPOConfigInput, type HubOptions, type PassChoice } from "@pavlov/trainer";
import { z } from "zod";
import { peerOrder } from "./peer-order.js";

/** How much is to be done, and how. */
export interface BenchOptions {
  /** Completions of each prompt. */
  readonly generations: number;
  /** Prompts of a step. */
  readonly prompts: number;
  /** Tokens of every completion. */
  readonly new: number;
  readonly steps: number;
  /** Completions of a micro-batch; 0 takes all of a step at once. */
  readonly micro: number;
  /** Rank of the adapter; 0 trains all weights. */
  readonly lora: number;
  readonly lr: number;
  readonly precision: "float32" | "int8";
  readonly checkpointing: boolean;
  readonly pass: PassChoice;
}

/** Decides the order of rows and all samples. */
const SEED = 0;
/** Rows that are read for each prompt which is trained on. */
const ROWS_PER_PROMPT = 4;

const digits = defineReward({
  name: "digits",
  description: "1 if the completion holds the number after the dataset answer's last ####, else 0.",
  columns: z.object({ answer: z.string() }),
  range: [0, 1],
  score({ completion, columns }) {
    const number = (columns.answer.split("####").at(-1) ?? "").trim();
    return completion.includes(number) ? 1 : 0;
  },
});

/** Minus the distance from 20 words, and the answer's digits. */
export const benchRewards = (): Composite =>
  compose({ target: use(targetLength, { params: { ideal: 20, unit: "words" } }), digits: use(digits) });

/** Where rows come from, and what they are scored by. */
export interface BenchData {
  /** A file, or a dataset's id on the hub, with the columns `question` and `answer`. */
  readonly path: string;
  readonly rewards: Composite;
  /** Whether prompts are conversations; a model without a chat template gets them as text. */
  readonly chat: boolean;
  readonly hub: HubOptions;
}

/**
 * The first rows of a dataset, in the order in which TRL takes them.
 * @throws PavlovError where it cannot be read or lacks a column.
 */
export async function benchDataset(
  { path, rewards, chat, hub }: BenchData,
  { prompts, steps }: BenchOptions,
): Promise<Dataset> {
  const limit = prompts * steps * ROWS_PER_PROMPT;
  const { options } = await resolveDataset({ path, prompt: "question", limit }, hub);
  const read = await loadDataset(options).catch((error: unknown) => {
    if (!errorMessage(error).includes('no column "question"')) throw error;
    throw new PavlovError(`${path} has no column "question": the benchmark reads the columns question and answer.`);
  });
  const dataset = await checkDataset(read, rewards);
  if (dataset.rows.length < prompts) {
    const held = `${dataset.rows.length} ${dataset.rows.length === 1 ? "row" : "rows"}`;
    throw new PavlovError(`${dataset.name} has ${held}, and --prompts asks for ${prompts} at each step.`, {
      hint: "Give a file with more rows, or fewer prompts.",
    });
  }
  const ordered = peerOrder(dataset.rows.length, SEED).map((index) => dataset.rows[index] as DatasetRow);
  const asked = ({ prompt }: DatasetRow): DatasetRow["prompt"] =>
    chat && typeof prompt === "string" ? [{ role: "user", content: prompt }] : prompt;
  return { ...dataset, rows: ordered.map((row) => ({ ...row, prompt: asked(row) })) };
}

/**
 * The options of the run.
 * @throws PavlovError where micro-batches do not divide a step.
 */
export function benchConfig(options: BenchOptions): GRPOConfigInput {
  const completions = options.generations * options.prompts;
  const micro = options.micro === 0 ? completions : options.micro;
  if (completions % micro !== 0) {
    throw new PavlovError(
      `--micro ${micro} does not divide the ${completions} completions of a step ` +
        `(--generations ${options.generations} × --prompts ${options.prompts}).`,
    );
  }
  return {
    perDeviceTrainBatchSize: micro,
    gradientAccumulationSteps: completions / micro,
    numGenerations: options.generations,
    maxCompletionLength: options.new,
    minCompletionLength: options.new,
    rollout: { precision: options.precision },
    learningRate: options.lr,
    lora: options.lora === 0 ? null : { rank: options.lora, alpha: 2 * options.lora, targetModules: "all-linear" },
    gradientCheckpointing: options.checkpointing,
    maxSteps: options.steps,
    shuffleDataset: false,
    saveStrategy: "no",
    seed: SEED,
  };
}
