/**
 * Trains a model with group relative policy optimization, as TRL's `GRPOTrainer`: sample a group of completions for
 * each prompt, score them, compare each with its group, and make the better ones likelier (DeepSeekMath, section 4).
 */
import { checkDataset, createScorer, PavlovError, type Scorer } from "@pavlov/core";
import { loadTokenizer } from "../model/tokenizer.js";
import { startPolicy, type PolicyClient } from "../policy/client.js";
import { describeRewards } from "../run/describe-rewards.js";
import type { TrainEvent } from "../run/events.js";
import { parseOptions } from "../run/parse-options.js";
import { encodePrompts } from "../run/prompts.js";
import { remainingSeconds } from "../run/remaining-seconds.js";
import { createRunFolder, type RunFolder } from "../run/run-folder.js";
import type { TrainResult } from "../run/train-result.js";
import { epochsAfter, planBatches, type BatchPlan } from "./batch-arithmetic.js";
import { configWarnings, grpoConfigSchema, vespoCorrectionProblem, type GRPOConfig } from "./config.js";
import { evaluatePolicy } from "./evaluate-policy.js";
import { evaluationNames } from "./metrics.js";
import { evaluatesAfter, savesAfter } from "./occasions.js";
import { promptSampler } from "./prompt-sampler.js";
import { initialProgress, type Progress, type Run } from "./run-state.js";
import { trainStep } from "./train-step.js";
import type { GRPOTrainerOptions } from "./trainer-options.js";

/** Bytes of one float32 weight on the disk. */
const BYTES_PER_PARAMETER = 4;

export class GRPOTrainer {
  readonly #options: GRPOTrainerOptions;
  readonly #config: GRPOConfig;
  readonly #plan: BatchPlan;

  /** @throws PavlovError where options contradict each other or the dataset is too small for them. */
  constructor(options: GRPOTrainerOptions) {
    this.#options = options;
    this.#config = parseOptions(grpoConfigSchema, options.config ?? {}, "GRPO options");
    if (options.dataset.rows.length === 0) {
      throw new PavlovError(`The dataset ${options.dataset.name} is empty: there is nothing to train on.`);
    }
    const problem = options.rollout && vespoCorrectionProblem(this.#config);
    if (problem !== undefined) throw new PavlovError(problem);
    this.#plan = planBatches(this.#config, options.dataset.rows.length);
  }

  /** Runs to the last step, or until the signal aborts. */
  async train(): Promise<TrainResult> {
    const started = performance.now();
    const { model, rewards, signal, engine = { kind: "onnxruntime" } } = this.#options;
    const config = this.#config;
    const scorer = createScorer(rewards, { onError: "drop", seed: config.seed });
    let policy: PolicyClient | undefined;
    try {
      policy = await startPolicy({ model, engine, reference: config.beta !== 0 });
      const run = await this.#prepare(policy, scorer);
      for (const message of configWarnings(config)) run.emit({ type: "warning", message });
      run.emit({
        type: "start",
        method: "grpo",
        parameters: policy.info.parameters,
        rows: run.prompts.length,
        maxSteps: run.plan.maxSteps,
        engine: policy.info.engine,
        output: run.folder?.path ?? null,
      });
      const result = await this.#loop(run);
      return { ...result, stopped: signal?.aborted === true, seconds: (performance.now() - started) / 1000 };
    } finally {
      await policy?.dispose();
      await scorer.dispose();
    }
  }

  /** Everything that can be wrong is found here, before the first step. */
  async #prepare(policy: PolicyClient, scorer: Scorer): Promise<Run> {
    const { model, rewards, rollout, onEvent } = this.#options;
    const config = this.#config;
    const dataset = await checkDataset(this.#options.dataset, rewards);
    const evalDataset = this.#options.evalDataset && (await checkDataset(this.#options.evalDataset, rewards));
    await scorer.setup();
    const tokenizer = await loadTokenizer(model);
    const limits = { maxPositions: policy.info.maxPositions, maxCompletionLength: config.maxCompletionLength };
    return {
      config,
      plan: this.#plan,
      policy,
      tokenizer,
      scorer,
      prompts: await encodePrompts(dataset, tokenizer, limits),
      evalPrompts: evalDataset ? await encodePrompts(evalDataset, tokenizer, limits) : null,
      rollout,
      sampler: promptSampler(dataset.rows.length, config.seed, config.shuffleDataset),
      folder: await this.#openFolder(policy),
      emit: (event: TrainEvent) => onEvent?.(event),
    };
  }

  async #openFolder(policy: PolicyClient): Promise<RunFolder | null> {
    const { output, model, rewards, dataset, record } = this.#options;
    if (output === undefined) return null;
    const folder = await createRunFolder(output, policy.info.parameters * BYTES_PER_PARAMETER);
    await folder.writeConfig({
      method: "grpo",
      model,
      engine: policy.info.engine,
      dataset: { name: dataset.name, rows: dataset.rows.length },
      rewards: describeRewards(rewards),
      train: this.#config,
      ...record,
    });
    return folder;
  }

  async #loop(run: Run): Promise<Omit<TrainResult, "stopped" | "seconds">> {
    const { config, plan, folder } = run;
    const { maxSteps } = plan;
    const isStopped = (): boolean => this.#options.signal?.aborted === true;
    const progress = initialProgress(run);
    const stepSeconds: number[] = [];
    let metrics: Record<string, number | null> = {};
    if (config.evalOnStart) await evaluateRun(run, 0);
    while (stepSeconds.length < maxSteps && !isStopped()) {
      const started = performance.now();
      progress.tokensGenerated = 0;
      await trainStep(run, progress, stepSeconds.length);
      stepSeconds.push((performance.now() - started) / 1000);
      metrics = await reportStep(run, progress, stepSeconds);
      const step = stepSeconds.length;
      if (config.syncRefModel && step % config.refModelSyncSteps === 0) {
        await run.policy.syncReference({ alpha: config.refModelMixupAlpha });
      }
      if (evaluatesAfter(config, plan, step)) await evaluateRun(run, step);
      if (folder && savesAfter(config, plan, step)) {
        await saveModel(run, step, folder.checkpointPath(step));
        if (config.saveTotalLimit !== null) await folder.keepCheckpoints(config.saveTotalLimit);
      }
    }
    if (folder) await saveModel(run, stepSeconds.length, folder.modelPath);
    return {
      steps: stepSeconds.length,
      maxSteps,
      output: folder?.path ?? null,
      model: folder?.modelPath ?? null,
      trainSeconds: stepSeconds.reduce((sum, seconds) => sum + seconds, 0),
      metrics,
    };
  }
}

/** Logs the step that has just ended. Returns its metrics. */
const reportStep = async (
  { plan, folder, emit }: Run,
  progress: Progress,
  stepSeconds: readonly number[],
): Promise<Record<string, number | null>> => {
  const step = stepSeconds.length;
  const seconds = stepSeconds.at(-1) as number;
  progress.window.add({ step_time: seconds });
  progress.window.set({ num_tokens: progress.tokensSeen, epoch: epochsAfter(plan, step) });
  const metrics = progress.window.take();
  await folder?.appendMetrics({ step, ...metrics });
  emit({
    type: "step",
    step,
    maxSteps: plan.maxSteps,
    metrics,
    tokensPerSecond: progress.tokensGenerated / seconds,
    secondsLeft: remainingSeconds(stepSeconds, plan.maxSteps - step),
  });
  progress.notices.loss(metrics["loss"] ?? null);
  return metrics;
};

const evaluateRun = async (run: Run, step: number): Promise<void> => {
  const { config, plan, folder, emit } = run;
  if (!run.evalPrompts) return;
  const { metrics } = await evaluatePolicy({
    policy: run.policy,
    tokenizer: run.tokenizer,
    scorer: run.scorer,
    prompts: run.evalPrompts,
    config,
    numGenerations: config.numGenerationsEval ?? config.numGenerations,
    step,
    rollout: run.rollout,
    onProgress: (done, total) =>
      emit({ type: "progress", step, maxSteps: plan.maxSteps, phase: "evaluate", done, total }),
  });
  const named = evaluationNames(metrics);
  await folder?.appendMetrics({ step, ...named });
  emit({ type: "evaluate", step, metrics: named });
};

const saveModel = async ({ policy, emit }: Run, step: number, path: string): Promise<void> => {
  await policy.save({ folder: path });
  emit({ type: "save", step, path });
};
