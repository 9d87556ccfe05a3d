/**
 * One optimizer step: its micro-batches, generating where one begins a new generation batch, and the update. The
 * order of TRL's `GRPOTrainer.training_step` inside Hugging Face's training loop.
 */
import { updateRequest } from "../optimize/update-request.js";
import { watchTraffic, type TrafficWatch } from "../policy/device-traffic.js";
import type { TokenRow } from "../policy/protocol.js";
import { completionRecords } from "../run/completion-records.js";
import type { TrainEvent } from "../run/events.js";
import { generateAndScore } from "../run/generate-and-score.js";
import type { EncodedPrompt } from "../run/prompts.js";
import { microBatchesOfStep, type MicroBatch } from "./batch-arithmetic.js";
import { lossOptions } from "./config.js";
import { appliedCoefficient, nextEntropyState } from "./entropy.js";
import { correctionOf, prepareBatch, type PreparedBatch } from "./prepare-batch.js";
import { completionOrder, promptsOfGeneration, sliceOf } from "./prompt-sampler.js";
import type { Progress, Run } from "./run-state.js";
import { abstentionsOf } from "./scoring-metrics.js";
import type { RolloutCosts } from "../rollout/generate.js";
import { samplingOf } from "../rollout/sampling-options.js";

type Phase = Extract<TrainEvent, { type: "progress" }>["phase"];

/** Reports progress inside step `step` (from 0). */
const reporter =
  (run: Run, step: number, phase: Phase) =>
  (done: number, total: number): void =>
    run.emit({ type: "progress", step: step + 1, maxSteps: run.plan.maxSteps, phase, done, total });

/** Samples, scores and prepares a new generation batch. */
const generate = async (
  run: Run,
  progress: Progress,
  step: number,
  microBatch: MicroBatch,
  traffic: TrafficWatch,
): Promise<PreparedBatch> => {
  const { config, plan, policy, scorer } = run;
  const rows = promptsOfGeneration(run.sampler(microBatch.epoch), plan, microBatch.generationOfEpoch);
  const batch = await generateAndScore({
    policy,
    tokenizer: run.tokenizer,
    scorer,
    prompts: rows.map((row) => run.prompts[row] as EncodedPrompt),
    numGenerations: config.numGenerations,
    maxCompletionLength: config.maxCompletionLength,
    minCompletionLength: config.minCompletionLength,
    sampling: samplingOf(config),
    precision: config.rollout,
    seed: config.seed,
    generation: microBatch.generation,
    step,
    rollout: run.rollout,
    onProgress: reporter(run, step, "generate"),
  });
  const moving = await traffic.lap();
  const prepared = await prepareBatch({
    policy,
    batch,
    config,
    weights: scorer.weights,
    combined: scorer.combined,
    numGenerations: config.numGenerations,
    microBatchSize: plan.microBatchSize,
    needsOldLogProbabilities: plan.needsOldLogProbabilities,
  });
  progress.prepared = prepared;
  progress.order = completionOrder(prepared.rows.length, config.seed, microBatch.generation);
  progress.tokensSeen += prepared.tokens;
  progress.unwritten = completionRecords(batch, prepared.advantages);
  progress.window.add({
    ...prepared.metrics,
    "time/generate": batch.generateSeconds - moving,
    "time/score": batch.scoreSeconds,
    ...rolloutTimes(batch.costs),
  });
  if (prepared.metrics["sampling/dropped_fraction"] !== undefined) progress.notices.drift(step + 1, prepared.metrics);
  progress.notices.unscored(prepared.metrics["rewards/unscored"] ?? 0, step + 1);
  progress.notices.abstained(abstentionsOf(batch.scored, config.numGenerations), plan.promptsPerGeneration, step + 1);
  await traffic.lap();
  return prepared;
};

/** What sampling cost by parts, in seconds. */
const rolloutTimes = (costs: RolloutCosts | undefined): Record<string, number> =>
  costs === undefined
    ? {}
    : {
        "time/rollout_prefill": costs.prefillSeconds,
        "time/rollout_decode": costs.decodeSeconds,
        ...(costs.kind === "packed" || costs.kind === "int8" ? { "time/rollout_refresh": costs.refreshSeconds } : {}),
      };

const completionTokens = (rows: readonly TokenRow[]): number =>
  rows.reduce((sum, { completionIds }) => sum + completionIds.length, 0);

/**
 * Runs optimizer step `step` (from 0) and adds its metrics to the window. The seconds of generating, training and the
 * optimizer are those until the device has done it, without the transfers that they caused: `time/transfer` has these.
 */
export const trainStep = async (run: Run, progress: Progress, step: number): Promise<void> => {
  const { config, plan, policy } = run;
  const { window } = progress;
  const options = lossOptions(config);
  const microBatches = microBatchesOfStep(plan, step);
  const entropyCoefficient = appliedCoefficient(progress.entropy, config);
  const reportTrained = reporter(run, step, "train");
  const begun = performance.now();
  const traffic = await watchTraffic(policy);
  let [loss, entropySum, entropyTokens, trainSeconds, generatedTokens, skippedRows] = [0, 0, 0, 0, 0, 0];

  let corrected: { rows: TokenRow[]; logProbabilities: Float32Array[] } = { rows: [], logProbabilities: [] };

  for (const [index, microBatch] of microBatches.entries()) {
    // A run that was taken up under other batch sizes has no batch that fits.
    const kept = microBatch.generates ? null : progress.prepared;
    const prepared = kept ?? (await generate(run, progress, step, microBatch, traffic));
    if (!kept) generatedTokens += completionTokens(prepared.rows);
    const started = performance.now();
    const rows = sliceOf(progress.order, plan.stepsPerGeneration, microBatch.slice).map(
      (row) => prepared.rows[row] as TokenRow,
    );
    const { correction } = prepared;
    const reply = await policy.accumulate({
      rows,
      ...(correction ? { correction } : {}),
      loss: {
        kind: "grpo",
        options,
        temperature: config.temperature,
        itemsInBatch: prepared.itemsInBatch,
        gradientAccumulationSteps: microBatches.length,
        stepsPerGeneration: plan.stepsPerGeneration,
        entropyCoefficient,
      },
    });
    const moving = await traffic.lap();
    trainSeconds += (performance.now() - started) / 1000 - moving;
    if (correction && reply.logProbabilities) {
      corrected.rows.push(...rows);
      corrected.logProbabilities.push(...reply.logProbabilities);
      // The last slice of the batch: TRL's metrics are those of the whole of it.
      if (corrected.rows.length === prepared.rows.length) {
        const { metrics } = correctionOf(corrected.rows, corrected.logProbabilities, correction);
        window.add(metrics);
        progress.notices.drift(step + 1, metrics);
        corrected = { rows: [], logProbabilities: [] };
      }
    }
    loss += reply.loss;
    skippedRows += reply.skippedRows ?? 0;
    entropySum += reply.metrics["count/entropy_sum"] ?? 0;
    entropyTokens += reply.metrics["count/entropy_tokens"] ?? 0;
    window.add(reply.metrics);
    reportTrained(index + 1, microBatches.length);
  }

  const update = updateRequest(config, step, plan);
  const updating = performance.now();
  const { gradNorm, seconds } = await policy.update(update);
  // What the snapshot was taken of is gone: until the next one there is nothing to rescue.
  progress.latest = null;
  const moving = await traffic.lap();
  const optimizerSeconds = traffic.isOnDevice ? (performance.now() - updating) / 1000 - moving : seconds;
  // A step that only trains says nothing of the speed at which completions come.
  if (generatedTokens > 0) progress.tokensPerSecond = generatedTokens / ((performance.now() - begun) / 1000);
  progress.entropy = nextEntropyState(progress.entropy, entropySum, entropyTokens, config);
  window.add({ loss, "time/train": trainSeconds, "time/optimizer": optimizerSeconds, ...traffic.metrics() });
  if (skippedRows > 0) window.add({ "train/skipped_rows": skippedRows });
  window.set({ grad_norm: gradNorm, learning_rate: update.learningRate });
  if (options.entropyBonus) window.set({ entropy_coef: progress.entropy.coefficient });
};
