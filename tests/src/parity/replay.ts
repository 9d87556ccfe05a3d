/**
 * A recorded run replayed on the building blocks of `GRPOTrainer`: the recorded completions stand in for sampling and
 * come to the loss in the recorded order; everything else is computed.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createScorer, type Scorer } from "@pavlov/core";
import {
  encodePrompts,
  generateAndScore,
  GRPOTrainer,
  grpoConfigSchema,
  loadModel,
  lossOptions,
  MetricWindow,
  microBatchesOfStep,
  planBatches,
  prepareBatch,
  promptsOfGeneration,
  updateRequest,
  withPolicy,
  type GRPOConfig,
  type Parameters,
  type PassChoice,
  type PolicyClient,
  type PreparedBatch,
  type TokenRow,
  type Tokenizer,
} from "@pavlov/trainer";
import { configOf, datasetOf, recordedRollouts, rewardsOf } from "./trl-runs.js";
import type { RecordedMicroBatch, RecordedRun, Recording } from "./trl-runs.js";

export interface ReplayedMicroBatch {
  readonly loss: number;
  readonly itemsInBatch: number;
  /** In the recorded order. */
  readonly rows: readonly TokenRow[];
}

export interface Replay {
  /** Token ids of each generation batch's prompts, one for each completion. */
  readonly promptIds: readonly (readonly (readonly number[])[])[];
  readonly microBatches: readonly ReplayedMicroBatch[];
  readonly log: readonly Readonly<Record<string, number | null>>[];
  readonly parameters: Parameters;
}

interface Parts {
  readonly config: GRPOConfig;
  readonly policy: PolicyClient;
  readonly tokenizer: Tokenizer;
  readonly scorer: Scorer;
}

/** Replays a run on the compiled engine, with the model in its process. `pass` computes forward and backward passes. */
export const replay = async (
  modelFolder: string,
  recording: Recording,
  run: RecordedRun,
  pass: PassChoice,
): Promise<Replay> => {
  const config = grpoConfigSchema.parse(configOf(recording, run));
  const scorer = createScorer(rewardsOf(run), { seed: config.seed });
  const saved = await mkdtemp(join(tmpdir(), "pavlov-parity-"));
  const engine = { kind: "onnxruntime" } as const;
  const request = { model: modelFolder, engine, pass, reference: config.beta !== 0 };
  try {
    return await withPolicy(request, async (policy, tokenizer) => {
      const steps = await replaySteps({ config, policy, tokenizer, scorer }, recording, run);
      await policy.save({ folder: saved });
      const { parameters } = await loadModel(saved);
      return { ...steps, parameters };
    });
  } finally {
    await scorer.dispose();
    await rm(saved, { recursive: true, force: true });
  }
};

/**
 * Replays a run through `GRPOTrainer` itself, which splits a generation batch into micro-batches in an order of its
 * own: what depends on that order cannot agree.
 */
export const train = async (
  modelFolder: string,
  recording: Recording,
  run: RecordedRun,
  pass: PassChoice,
): Promise<Pick<Replay, "log" | "parameters">> => {
  const saved = await mkdtemp(join(tmpdir(), "pavlov-parity-"));
  const log: Replay["log"][number][] = [];
  try {
    const { model } = await new GRPOTrainer({
      model: modelFolder,
      pass,
      dataset: datasetOf(recording),
      rewards: rewardsOf(run),
      config: configOf(recording, run),
      rollout: recordedRollouts(run),
      output: saved,
      onEvent: (event) => {
        if (event.type === "step") log.push(event.metrics);
      },
    }).train();
    return { log, parameters: (await loadModel(model!)).parameters };
  } finally {
    await rm(saved, { recursive: true, force: true });
  }
};

const replaySteps = async (
  parts: Parts,
  recording: Recording,
  run: RecordedRun,
): Promise<Omit<Replay, "parameters">> => {
  const { config, policy, tokenizer, scorer } = parts;
  const dataset = datasetOf(recording);
  const plan = planBatches(config, dataset.rows.length);
  const limits = { maxPositions: policy.info.maxPositions, maxCompletionLength: config.maxCompletionLength };
  const prompts = await encodePrompts(dataset, tokenizer, limits);
  const order = [...prompts.keys()];
  const window = new MetricWindow();
  const promptIds: (readonly (readonly number[])[])[] = [];
  const microBatches: ReplayedMicroBatch[] = [];
  const log: Record<string, number | null>[] = [];
  let prepared: PreparedBatch | null = null;
  let tokensSeen = 0;

  for (let step = 0; step < plan.maxSteps; step++) {
    const ofStep = microBatchesOfStep(plan, step);
    let loss = 0;
    for (const { generates, generation, generationOfEpoch } of ofStep) {
      if (generates) {
        const batch = await generateAndScore({
          ...parts,
          prompts: promptsOfGeneration(order, plan, generationOfEpoch).map((row) => prompts[row]!),
          numGenerations: config.numGenerations,
          maxCompletionLength: config.maxCompletionLength,
          sampling: {},
          seed: config.seed,
          generation,
          step,
          rollout: recordedRollouts(run),
        });
        promptIds.push(batch.rollouts.map(({ prompt }) => prompt.ids));
        prepared = await prepareBatch({
          policy,
          batch,
          config,
          weights: scorer.weights,
          combined: scorer.combined,
          numGenerations: config.numGenerations,
          microBatchSize: plan.microBatchSize,
          needsOldLogProbabilities: plan.needsOldLogProbabilities,
        });
        tokensSeen += prepared.tokens;
        window.add(prepared.metrics);
      }
      const { itemsInBatch, rows: all } = prepared!;
      const rows = inRecordedOrder(all, run.micro_batches[microBatches.length]!);
      const reply = await policy.accumulate({
        rows,
        loss: {
          kind: "grpo",
          options: lossOptions(config),
          temperature: config.temperature,
          itemsInBatch,
          gradientAccumulationSteps: ofStep.length,
          stepsPerGeneration: plan.stepsPerGeneration,
          entropyCoefficient: config.entropyCoef,
        },
      });
      loss += reply.loss;
      window.add(reply.metrics);
      microBatches.push({ loss: reply.loss, itemsInBatch, rows });
    }
    const request = updateRequest(config, step, plan);
    const { gradNorm } = await policy.update(request);
    window.set({ loss, grad_norm: gradNorm, learning_rate: request.learningRate, num_tokens: tokensSeen });
    if (lossOptions(config).entropyBonus) window.set({ entropy_coef: config.entropyCoef });
    log.push(window.take());
  }
  return { promptIds, microBatches, log };
};

/** Finds the rows of a recorded micro-batch by their completion, and the nearest advantage where several have it. */
const inRecordedOrder = (rows: readonly TokenRow[], recorded: RecordedMicroBatch): readonly TokenRow[] => {
  const free = new Set(rows);
  return recorded.completion_ids.map((ids, index) => {
    const wanted = recorded.advantages[index] ?? 0;
    const distance = ({ advantage = 0 }: TokenRow): number => Math.abs(advantage - wanted);
    const [found] = [...free]
      .filter(({ completionIds, masked }) =>
        ids.length === 0 ? masked === true : masked !== true && completionIds.join() === ids.join(),
      )
      .toSorted((a, b) => distance(a) - distance(b));
    if (!found) throw new Error(`No completion of the batch is ${ids.join(" ") || "masked"}.`);
    free.delete(found);
    return found;
  });
};
