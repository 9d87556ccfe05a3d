/** What the check does with a policy: completions of some prompts, and a training step on given completions. */
import {
  grpoConfigSchema,
  lossOptions,
  type FinishedRow,
  type GRPOConfigInput,
  type GenerateRequest,
  type Policy,
  type TokenRow,
} from "@pavlov/trainer";

type RolloutOptions = NonNullable<GenerateRequest["rollout"]>;

/** Sizes of one generation batch. */
export interface Batch {
  readonly prompts: readonly (readonly number[])[];
  readonly numGenerations: number;
  readonly maxCompletionLength: number;
  /** Completions end at the model's end of sequence, or with false at their full length. */
  readonly stops: boolean;
}

/** Prompts of so many tokens, the same for the same numbers. */
export const promptsOf = (count: number, tokens: number, vocabulary: number): number[][] =>
  Array.from({ length: count }, (_, prompt) =>
    Array.from({ length: tokens }, (__, token) => 3 + ((prompt * 7919 + token * 104_729) % (vocabulary - 3))),
  );

/** Completions in the order of their rows. */
export const complete = async (
  policy: Policy,
  batch: Batch,
  step: number,
  rollout: RolloutOptions = {},
): Promise<FinishedRow[]> => {
  const rows: FinishedRow[] = [];
  const { prompts, numGenerations, maxCompletionLength, stops } = batch;
  const length = { maxCompletionLength, ...(stops ? {} : { minCompletionLength: maxCompletionLength }) };
  const request = { prompts, numGenerations, ...length, sampling: {}, seed: 11, step, rollout };
  await policy.generate(request, (finished) => rows.push(...finished));
  return rows.toSorted((a, b) => a.row - b.row);
};

/** Completions with advantages, as a step trains on them: as different as their number allows. */
export const rowsOf = (completions: readonly FinishedRow[], { prompts, numGenerations }: Batch): TokenRow[] =>
  completions.map(({ row, tokenIds, logProbabilities }) => ({
    promptIds: prompts[Math.floor(row / numGenerations)] as readonly number[],
    completionIds: tokenIds,
    advantage: ((row % numGenerations) - (numGenerations - 1) / 2) / numGenerations,
    oldLogProbabilities: logProbabilities,
  }));

/** GRPO's loss over rows that are trained on in so many micro-batches. */
export const lossOf = (config: GRPOConfigInput, rows: readonly TokenRow[], microBatches = 1) => ({
  kind: "grpo" as const,
  options: lossOptions(grpoConfigSchema.parse(config)),
  temperature: 1,
  itemsInBatch: rows.reduce((sum, { completionIds }) => sum + completionIds.length, 0),
  gradientAccumulationSteps: microBatches,
  stepsPerGeneration: microBatches,
  entropyCoefficient: 0,
});

/** Forward and backward pass of GRPO with TRL's defaults over all rows. */
export const accumulateOn = (policy: Policy, rows: readonly TokenRow[]): ReturnType<Policy["accumulate"]> =>
  policy.accumulate({ rows, loss: lossOf({}, rows) });

/** AdamW's step. */
export const updateOn = (policy: Policy): ReturnType<Policy["update"]> =>
  policy.update({ learningRate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 });

/** One step of GRPO; the numbers that a run logs. */
export const trainOn = async (policy: Policy, rows: readonly TokenRow[]): Promise<Record<string, number>> => {
  const { loss, metrics } = await accumulateOn(policy, rows);
  const { gradNorm } = await updateOn(policy);
  return { loss, gradNorm, ...metrics };
};
