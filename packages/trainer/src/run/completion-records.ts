/** Completions as the run's folder and evaluations hold them: text, scores and reasons, one object each. */
import type { GenerationBatch } from "./generate-and-score.js";

/** One completion with what each reward said of it. */
export interface CompletionRecord {
  /** The prompt as the model read it. */
  readonly prompt: string;
  readonly completion: string;
  readonly finishReason: "stop" | "length";
  readonly tokens: number;
  /** Raw scores by reward; null where it abstained or failed. */
  readonly scores: Readonly<Record<string, number | null>>;
  /** The combined score; null where there is none. */
  readonly total: number | null;
  readonly reasons: Readonly<Record<string, string>>;
  /** Messages of rewards that failed. */
  readonly errors?: Readonly<Record<string, string>>;
  /** Why all scores were fine and there is no total. */
  readonly totalError?: string;
  readonly advantage?: number;
  /** The dataset's row, so that the completion can be scored again. */
  readonly columns: Readonly<Record<string, unknown>>;
}

const named = <T>(names: readonly string[], values: readonly (T | undefined)[]): Record<string, T> =>
  Object.fromEntries(names.flatMap((name, index) => (values[index] === undefined ? [] : [[name, values[index]]])));

/** The records of a generation batch, in its order. */
export const completionRecords = (
  { rollouts, scored }: GenerationBatch,
  advantages?: readonly number[],
): CompletionRecord[] =>
  rollouts.map(({ prompt, completion, finishReason, tokenIds }, row) => {
    const errors = named(
      scored.names,
      (scored.failures[row] ?? []).map((failure) => failure?.message),
    );
    const totalError = scored.totalFailures?.[row]?.message;
    return {
      prompt: prompt.text,
      completion,
      finishReason,
      tokens: tokenIds.length,
      scores: named(scored.names, scored.scores[row] ?? []),
      total: scored.total[row] ?? null,
      reasons: named(scored.names, scored.reasons[row] ?? []),
      ...(Object.keys(errors).length > 0 ? { errors } : {}),
      ...(totalError === undefined ? {} : { totalError }),
      ...(advantages ? { advantage: advantages[row] ?? 0 } : {}),
      columns: prompt.row.columns,
    };
  });
