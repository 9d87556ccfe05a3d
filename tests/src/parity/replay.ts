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
  learningRateAt,
  loadModel,
  loadTokenizer,
  lossOptions,
  MetricWindow,
  microBatchesOfStep,
  planBatches,
  prepareBatch,
  promptsOfGeneration,
  startPolicy,
  type EncodedPrompt,
  type GenerationBatch,
  type GRPOConfig,
  type Parameters,
  type PolicyClient,
  type PreparedBatch,
  type TokenRow,
  type Tokenizer,
} from "@pavlov/trainer";
import { configOf, datasetOf, rewardsOf } from "./trl-runs.js";
import type { RecordedMicroBatch, RecordedRun, Recording } from "./trl-runs.js";

export interface ReplayedMicroBatch {
  readonly loss: number;
  readonly itemsInBatch: number;
  /** In the recorded order. */
  readonly rows: readonly TokenRow[];
}

export interface Replay {
  /** Prompts whose text, special tokens left out, is not that of the recorded token ids. */
  readonly otherPrompts: readonly string[];
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

/** Replays a run on the compiled engine, with the model in its worker. */
export const replay = async (modelFolder: string, recording: Recording, run: RecordedRun): Promise<Replay> => {
  const { config } = configOf(recording, run);
  const scorer = createScorer(rewardsOf(run), { seed: config.seed });
  const policy = await startPolicy({
    model: modelFolder,
    engine: { kind: "onnxruntime" },
    reference: config.beta !== 0,
  });
  const saved = await mkdtemp(join(tmpdir(), "pavlov-parity-"));
  try {
    const tokenizer = await loadTokenizer(modelFolder);
    const steps = await replaySteps({ config, policy, tokenizer, scorer }, recording, run);
    await policy.save({ folder: saved });
    const { parameters } = await loadModel(saved);
    return { ...steps, parameters };
  } finally {
    await policy.dispose();
    await scorer.dispose();
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
  const otherPrompts: string[] = [];
  const microBatches: ReplayedMicroBatch[] = [];
  const log: Record<string, number | null>[] = [];
  let prepared: PreparedBatch | null = null;
  let tokensSeen = 0;

  for (let step = 0; step < plan.maxSteps; step++) {
    const ofStep = microBatchesOfStep(plan, step);
    let loss = 0;
    for (const { generates, generation, generationOfEpoch } of ofStep) {
      if (generates) {
        const { prompt_ids: promptIds, completion_ids: completions } = run.rollouts[generation]!;
        // TRL's tokenizer was built by the model's type and splits before digits where tokenizer.json does not.
        const recorded = promptsOfGeneration(order, plan, generationOfEpoch).map((row, group) => {
          const prompt = { ...prompts[row]!, ids: promptIds[group * config.numGenerations]! };
          if (tokenizer.decode(prompt.ids) !== tokenizer.decode(prompts[row]!.ids)) otherPrompts.push(prompt.text);
          return prompt;
        });
        const batch = await recordedBatch(parts, recorded, completions, step);
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
    const learningRate = learningRateAt(config.lrSchedulerType, step, {
      ...config.lrSchedulerKwargs,
      learningRate: config.learningRate,
      warmupSteps: plan.warmupSteps,
      maxSteps: plan.maxSteps,
    });
    const { gradNorm } = await policy.update({
      learningRate,
      beta1: config.adamBeta1,
      beta2: config.adamBeta2,
      epsilon: config.adamEpsilon,
      weightDecay: config.weightDecay,
      maxGradNorm: config.maxGradNorm,
    });
    window.set({ loss, grad_norm: gradNorm, learning_rate: learningRate, num_tokens: tokensSeen });
    if (lossOptions(config).entropyBonus) window.set({ entropy_coef: config.entropyCoef });
    log.push(window.take());
  }
  return { otherPrompts, microBatches, log };
};

/** The recorded completions of a generation batch, scored by the real rewards. */
const recordedBatch = async (
  { config, policy, tokenizer, scorer }: Parts,
  prompts: readonly EncodedPrompt[],
  completions: readonly (readonly number[])[],
  step: number,
): Promise<GenerationBatch> => {
  const rollouts = completions.map((tokenIds, row) => ({
    prompt: prompts[Math.floor(row / config.numGenerations)]!,
    tokenIds,
    logProbabilities: [],
    finishReason: policy.info.eosTokenIds.includes(tokenIds.at(-1) ?? -1) ? ("stop" as const) : ("length" as const),
    completion: tokenizer.decode(tokenIds),
  }));
  const samples = rollouts.map(({ prompt, completion, tokenIds, finishReason }, row) => ({
    completion,
    row: prompt.row.columns,
    groupId: String(Math.floor(row / config.numGenerations)),
    tokenIds,
    finishReason,
  }));
  return { rollouts, scored: await scorer.score(samples, { step }), generateSeconds: 0, scoreSeconds: 0 };
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
