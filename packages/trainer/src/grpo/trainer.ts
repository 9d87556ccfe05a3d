/**
 * Trains a model with group relative policy optimization, as TRL's `GRPOTrainer`: sample a group of completions for
 * each prompt, score them, compare each with its group, and make the better ones likelier (DeepSeekMath, section 4).
 */
import { checkDataset, createScorer, isComposite, PavlovError, type Scorer } from "@pavlov/core";
import { loadTokenizer } from "../model/tokenizer.js";
import { startPolicy, type PolicyClient } from "../policy/client.js";
import { completionRecords } from "../run/completion-records.js";
import { describeRewards } from "../run/describe-rewards.js";
import type { TrainEvent } from "../run/events.js";
import { parseOptions } from "../run/parse-options.js";
import { encodePrompts } from "../run/prompts.js";
import { remainingSeconds } from "../run/remaining-seconds.js";
import { BYTES_PER_PARAMETER, createRunFolder, type RunFolder } from "../run/run-folder.js";
import type { TrainResult } from "../run/train-result.js";
import { epochsAfter, planBatches, type BatchPlan } from "./batch-arithmetic.js";
import { configWarnings, grpoConfigSchema, vespoCorrectionProblem, type GRPOConfig } from "./config.js";
import { appliedCoefficient } from "./entropy.js";
import { evaluatePolicy } from "./evaluate-policy.js";
import { evaluationNames } from "./metrics.js";
import { evaluatesAfter, savesAfter, writesCompletions } from "./occasions.js";
import { promptSampler } from "./prompt-sampler.js";
import { initialProgress, type Progress, type Run } from "./run-state.js";
import { trainStep } from "./train-step.js";
import type { GRPOTrainerOptions } from "./trainer-options.js";

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
    for (const problem of problemsOf(options, this.#config)) throw new PavlovError(problem);
    this.#plan = planBatches(this.#config, options.dataset.rows.length);
  }

  /** Runs to the last step, or until the signal aborts. */
  async train(): Promise<TrainResult> {
    const started = performance.now();
    const { model, rewards, engine = { kind: "onnxruntime" } } = this.#options;
    const config = this.#config;
    const scorer = createScorer(rewards, {
      onError: "drop",
      seed: config.seed,
      log: (reward, message) => this.#options.onEvent?.({ type: "log", reward, message }),
    });
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
      const progress = initialProgress(run);
      const result = await this.#loop(run, progress).catch((error: unknown) => rescue(run, progress, error));
      return { ...result, seconds: (performance.now() - started) / 1000 };
    } finally {
      await policy?.dispose();
      await scorer.dispose();
    }
  }

  /** Everything that can be wrong is found here, before the first step. */
  async #prepare(policy: PolicyClient, scorer: Scorer): Promise<Run> {
    const { model, rewards, rollout, signal, onEvent } = this.#options;
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
      signal,
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

  async #loop(run: Run, progress: Progress): Promise<Omit<TrainResult, "seconds">> {
    const { config, plan, folder, signal } = run;
    const { maxSteps } = plan;
    const { stepSeconds } = progress;
    const isStopped = (): boolean => signal?.aborted === true;
    let metrics: Record<string, number | null> = {};
    if (config.evalOnStart) await evaluateRun(run, progress);
    while (stepSeconds.length < maxSteps && !isStopped()) {
      const started = performance.now();
      await trainStep(run, progress, stepSeconds.length);
      stepSeconds.push((performance.now() - started) / 1000);
      metrics = await reportStep(run, progress);
      const step = stepSeconds.length;
      if (config.syncRefModel && step % config.refModelSyncSteps === 0) {
        await run.policy.syncReference({ alpha: config.refModelMixupAlpha });
      }
      if (evaluatesAfter(config, plan, step) && !isStopped()) await evaluateRun(run, progress);
      if (folder && savesAfter(config, plan, step)) {
        await saveModel(run, step, folder.checkpointPath(step));
        if (config.saveTotalLimit !== null) await folder.keepCheckpoints(config.saveTotalLimit);
      }
    }
    // Without a step there is nothing that the model's own folder does not hold.
    const saved = stepSeconds.length > 0 && folder ? folder.modelPath : null;
    if (saved !== null) await saveModel(run, stepSeconds.length, saved);
    return {
      steps: stepSeconds.length,
      maxSteps,
      stopped: stepSeconds.length < maxSteps,
      output: folder?.path ?? null,
      model: saved,
      trainSeconds: stepSeconds.reduce((sum, seconds) => sum + seconds, 0),
      metrics,
    };
  }
}

/** What is wrong between the options and what else the trainer was given. */
const problemsOf = ({ rewards, rollout, evalDataset }: GRPOTrainerOptions, config: GRPOConfig): string[] => {
  const problems: (string | undefined)[] = [
    rollout && vespoCorrectionProblem(config),
    config.multiObjectiveAggregation === "normalize_then_sum" && isComposite(rewards) && rewards.combine !== undefined
      ? "multiObjectiveAggregation: normalize_then_sum normalizes each reward before adding, so it cannot use a " +
        "`combine` expression; write weights instead, or use sum_then_normalize."
      : undefined,
    (config.evalStrategy !== "no" || config.evalOnStart) && !evalDataset
      ? `${config.evalOnStart ? "evalOnStart" : `evalStrategy: ${config.evalStrategy}`} needs held-out rows: ` +
        "give an evalDataset, or remove it."
      : undefined,
  ];
  return problems.filter((problem) => problem !== undefined);
};

/** Saves what was trained before an error ended the run, and says where; then throws the error on. */
const rescue = async (run: Run, { stepSeconds }: Progress, error: unknown): Promise<never> => {
  const steps = stepSeconds.length;
  if (steps === 0 || !run.folder) throw error;
  const path = run.folder.checkpointPath(steps);
  try {
    await saveModel(run, steps, path);
  } catch {
    // The disk may be full or the worker gone: the first error says more.
    throw error;
  }
  if (!PavlovError.isInstance(error)) throw error;
  const hint = [error.hint, `The model after step ${steps} is saved in ${path}.`].filter(Boolean).join(" ");
  throw new PavlovError(error.message, { hint, location: error.location, cause: error });
};

/** Logs the step that has just ended. Returns its metrics. */
const reportStep = async (run: Run, progress: Progress): Promise<Record<string, number | null>> => {
  const { config, plan, folder, emit } = run;
  const { stepSeconds, window, notices } = progress;
  const step = stepSeconds.length;
  window.add({ step_time: stepSeconds.at(-1) as number });
  window.set({ num_tokens: progress.tokensSeen, epoch: epochsAfter(plan, step) });
  const metrics = window.take();
  await folder?.appendMetrics({ step, ...metrics });
  if (folder && progress.unwritten && writesCompletions(config, plan, step)) {
    const { batch, advantages } = progress.unwritten;
    await folder.writeCompletions(step, completionRecords(batch, advantages));
    progress.unwritten = null;
  }
  emit({
    type: "step",
    step,
    maxSteps: plan.maxSteps,
    metrics,
    tokensPerSecond: progress.tokensPerSecond,
    secondsLeft: remainingSeconds(stepSeconds, plan.maxSteps - step),
  });
  notices.learning(step, metrics);
  return metrics;
};

/** Evaluates the held-out rows; an abort ends it without a result. */
const evaluateRun = async (run: Run, { entropy, stepSeconds }: Progress): Promise<void> => {
  const { config, plan, folder, signal, emit } = run;
  const step = stepSeconds.length;
  if (!run.evalPrompts) return;
  const evaluation = await evaluatePolicy({
    policy: run.policy,
    tokenizer: run.tokenizer,
    scorer: run.scorer,
    prompts: run.evalPrompts,
    config,
    numGenerations: config.numGenerationsEval ?? config.numGenerations,
    step,
    training: { config, entropyCoefficient: appliedCoefficient(entropy, config) },
    rollout: run.rollout,
    ...(signal ? { signal } : {}),
    onProgress: (done, total) =>
      emit({ type: "progress", step, maxSteps: plan.maxSteps, phase: "evaluate", done, total }),
  }).catch((error: unknown) => {
    if (signal?.aborted) return null;
    throw error;
  });
  if (!evaluation) return;
  const named = evaluationNames(evaluation.metrics);
  await folder?.appendMetrics({ step, ...named });
  emit({ type: "evaluate", step, metrics: named });
};

const saveModel = async ({ policy, emit }: Run, step: number, path: string): Promise<void> => {
  await policy.save({ folder: path });
  emit({ type: "save", step, path });
};
