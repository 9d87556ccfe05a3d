/** Scores completions that no policy wrote: each alone, or among honest ones where rewards compare. */
import { promptText } from "./answers.js";
import type { DatasetRow } from "../dataset/types.js";
import type { Message, Reward, Score } from "../reward.js";
import { isComposite } from "../scorer/plan.js";
import type { ScoredBatch, Scorer, ScorerSample, ScoreOptions } from "../scorer/types.js";

/** What a completion was given. */
export interface ScoredCompletion {
  readonly completion: string;
  /** Null where it is unscored: everything abstained, or something failed. */
  readonly total: Score;
  /** By the composite's parts. [k] */
  readonly scores: readonly Score[];
  /** [k] */
  readonly reasons: readonly (string | undefined)[];
  readonly failure?: { readonly reward: string; readonly message: string };
}

/** Scores completions of one row, in their order. */
export type ScoreCompletions = (
  row: DatasetRow,
  completions: readonly string[],
  /** What stands beside each of them, for rewards that compare the completions of a prompt. */
  companions?: readonly string[],
) => Promise<readonly ScoredCompletion[]>;

/** Which calls the rewards inside a composite make. */
function scopesOf(reward: Reward): ReadonlySet<Reward["scope"]> {
  if (!isComposite(reward)) return new Set([reward.scope]);
  return new Set(Object.values(reward.parts).flatMap(({ reward: part }) => [...scopesOf(part)]));
}

/** Whether what a completion earns depends on what stands beside it. */
export function comparesCompletions(composite: Reward): boolean {
  const scopes = scopesOf(composite);
  return scopes.has("group") || scopes.has("batch");
}

/** What the rewards inside a composite use outside of the process. */
export function needsOf(reward: Reward): ReadonlySet<Reward["needs"][number]> {
  if (!isComposite(reward)) return new Set(reward.needs);
  return new Set(Object.values(reward.parts).flatMap(({ reward: part }) => [...needsOf(part)]));
}

/**
 * Stand-ins for token ids, since there is no tokenizer: a piece of at most four letters or digits, or one other
 * character, is a token, and equal pieces have equal ids.
 */
function standInTokens(completion: string): readonly number[] {
  const ids = new Map<string, number>();
  return Array.from(completion.matchAll(/ ?[\p{L}\p{N}]{1,4}|\s+|[^\p{L}\p{N}\s]/gu), ([piece]) => {
    const id = ids.get(piece) ?? ids.size;
    ids.set(piece, id);
    return id;
  });
}

/** Only rewards that compare need companions, only those of `batch` a call for each completion. */
export function createCompletionScorer(composite: Reward, scorer: Scorer, options: ScoreOptions): ScoreCompletions {
  const scopes = scopesOf(composite);
  // Half of an audit's time would go into tokens that nobody reads.
  const counted = [...composite.reads, ...composite.readsIfPresent].includes("tokenIds");
  const compares = comparesCompletions(composite);
  return async (row, completions, companions = []) => {
    const beside = compares ? companions : [];
    const prompt = promptText(row);
    const messages: readonly Message[] =
      typeof row.prompt === "string" ? [{ role: "user", content: prompt }] : row.prompt;
    const sample = (completion: string, groupId: string): ScorerSample => {
      const tokens = counted ? { tokenIds: standInTokens(completion) } : {};
      return { completion, row: row.columns, groupId, prompt, messages, finishReason: "stop", ...tokens };
    };
    const groups = completions.map((completion, index) =>
      [completion, ...beside].map((each) => sample(each, String(index))),
    );
    const batches: ScoredBatch[] = [];
    for (const batch of scopes.has("batch") ? groups : [groups.flat()]) {
      if (batch.length > 0) batches.push(await scorer.score(batch, options));
    }
    const results = batches.flatMap(resultsOf);
    return completions.map((completion, index) => {
      const result = results[index * (1 + beside.length)];
      return { completion, total: null, scores: [], reasons: [], ...result };
    });
  };
}

function resultsOf({
  total,
  scores,
  reasons,
  failures,
  totalFailures,
}: ScoredBatch): Omit<ScoredCompletion, "completion">[] {
  return total.map((score, index) => {
    const failure = failures[index]?.find((each) => each !== undefined) ?? totalFailures?.[index];
    return {
      total: score,
      scores: scores[index] ?? [],
      reasons: reasons[index] ?? [],
      ...(failure && { failure }),
    };
  });
}
