/**
 * Trains a model with group relative policy optimization, as TRL's `GRPOTrainer`: sample a group of completions for
 * each prompt, score them, compare each with its group, and make the better ones likelier (DeepSeekMath, section 4).
 */
import type { Composite, Dataset, Reward, Scorer } from "@pavlov/core";
import { checkDataset, createScorer, PavlovError } from "@pavlov/core";
import { loadTokenizer, type Tokenizer } from "../model/tokenizer.js";
import { learningRateAt } from "../optimize/schedule.js";
import { startPolicy, type PolicyClient } from "../policy/client.js";
import type { EngineChoice } from "../policy/protocol.js";
import { completionRecords } from "../run/completion-records.js";
import type { TrainEvent, TrainListener } from "../run/events.js";
import { generateAndScore } from "../run/generate-and-score.js";
import { parseOptions } from "../run/parse-options.js";
import { describeRewards } from "../run/describe-rewards.js";
import { encodePrompts, type EncodedPrompt } from "../run/prompts.js";
import { createRunFolder, type RunFolder } from "../run/run-folder.js";
import { remainingSeconds } from "../run/remaining-seconds.js";
import { epochsAfter, microBatchesOfStep, planBatches, type BatchPlan, type MicroBatch } from "./batch-arithmetic.js";
import { configWarnings, grpoConfigSchema, lossOptions, type GRPOConfig, type GRPOConfigInput } from "./config.js";
import { appliedCoefficient, initialEntropyState, nextEntropyState, type EntropyState } from "./entropy.js";
import { evaluatePolicy } from "./evaluate-policy.js";
import { evaluationNames } from "./metrics.js";
import { MetricWindow } from "./metric-window.js";
import { prepareBatch, type PreparedBatch } from "./prepare-batch.js";
import { completionOrder, promptSampler, promptsOfGeneration, sliceOf, type PromptSampler } from "./prompt-sampler.js";

export interface GRPOTrainerOptions {
  /** A folder in Hugging Face layout. */
  readonly model: string;
  /** One reward, or several made one by `compose`. */
  readonly rewards: Reward | Composite;
  readonly dataset: Dataset;
  /** Held-out rows for `evalStrategy`. */
  readonly evalDataset?: Dataset;
  readonly config?: GRPOConfigInput;
  /** The run's folder; without one nothing is written. */
  readonly output?: string;
  /** What else `config.json` should hold, such as the config file's contents. */
  readonly record?: Readonly<Record<string, unknown>>;
  readonly engine?: EngineChoice;
  /** Stops after the current step; the model is saved. */
  readonly signal?: AbortSignal;
  readonly onEvent?: TrainListener;
}

export interface TrainResult {
  /** Optimizer steps done. */
  readonly steps: number;
  readonly maxSteps: number;
  /** True when the signal ended the run before its last step. */
  readonly stopped: boolean;
  /** The run's folder. */
  readonly output: string | null;
  /** The trained model's folder. */
  readonly model: string | null;
  /** Seconds of everything. */
  readonly seconds: number;
  /** Seconds of the training steps alone: generating, scoring and updating. */
  readonly trainSeconds: number;
  /** Of the last step. */
  readonly metrics: Readonly<Record<string, number | null>>;
}

/** What a run holds while it goes on. */
interface Run {
  readonly config: GRPOConfig;
  readonly plan: BatchPlan;
  readonly policy: PolicyClient;
  readonly tokenizer: Tokenizer;
  readonly scorer: Scorer;
  readonly prompts: readonly EncodedPrompt[];
  readonly evalPrompts: readonly EncodedPrompt[] | null;
  readonly sampler: PromptSampler;
  readonly folder: RunFolder | null;
  readonly window: MetricWindow;
}

/** What changes from step to step. */
interface Progress {
  prepared: PreparedBatch | null;
  order: readonly number[];
  entropy: EntropyState;
  tokensSeen: number;
  /** Completion tokens generated in this step. */
  tokensGenerated: number;
  warnedUnscored: boolean;
  explainedZeroLoss: boolean;
}

/** Bytes of one float32 weight on the disk. */
const BYTES_PER_PARAMETER = 4;

/** A loss that prints as 0 with four digits. */
const PRINTS_AS_ZERO = 5e-5;

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
    this.#plan = planBatches(this.#config, options.dataset.rows.length);
  }

  /** Runs to the last step, or until the signal aborts. */
  async train(): Promise<TrainResult> {
    const started = performance.now();
    const { model, rewards, signal } = this.#options;
    const config = this.#config;
    const dataset = await checkDataset(this.#options.dataset, rewards);
    const evalDataset = this.#options.evalDataset && (await checkDataset(this.#options.evalDataset, rewards));
    const scorer = createScorer(rewards, { onError: "drop", seed: config.seed });
    let policy: PolicyClient | undefined;
    try {
      await scorer.setup();
      const engine = this.#options.engine ?? { kind: "onnxruntime" };
      const [client, tokenizer] = await Promise.all([
        startPolicy({ model, engine, reference: config.beta !== 0 }).then((client) => (policy = client)),
        loadTokenizer(model),
      ]);
      const limits = { maxPositions: client.info.maxPositions, maxCompletionLength: config.maxCompletionLength };
      const run: Run = {
        config,
        plan: this.#plan,
        policy: client,
        tokenizer,
        scorer,
        prompts: await encodePrompts(dataset, tokenizer, limits),
        evalPrompts: evalDataset ? await encodePrompts(evalDataset, tokenizer, limits) : null,
        sampler: promptSampler(dataset.rows.length, config.seed, config.shuffleDataset),
        folder: await this.#openFolder(client),
        window: new MetricWindow(),
      };
      for (const message of configWarnings(config)) this.#emit({ type: "warning", message });
      this.#emit({
        type: "start",
        method: "grpo",
        parameters: client.info.parameters,
        rows: dataset.rows.length,
        maxSteps: this.#plan.maxSteps,
        engine: client.info.engine,
        output: run.folder?.path ?? null,
      });
      const trained = await this.#loop(run);
      return { ...trained, stopped: signal?.aborted === true, seconds: (performance.now() - started) / 1000 };
    } finally {
      await policy?.dispose();
      await scorer.dispose();
    }
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
    const { config, plan, folder, window } = run;
    const { maxSteps } = plan;
    const { signal } = this.#options;
    const progress: Progress = {
      prepared: null,
      order: [],
      entropy: initialEntropyState(config),
      tokensSeen: 0,
      tokensGenerated: 0,
      warnedUnscored: false,
      explainedZeroLoss: false,
    };
    const stepSeconds: number[] = [];
    let metrics: Record<string, number | null> = {};
    let step = 0;
    if (config.evalOnStart) await this.#evaluate(run, 0);
    while (step < maxSteps && signal?.aborted !== true) {
      const started = performance.now();
      progress.tokensGenerated = 0;
      await this.#step(run, progress, step);
      const seconds = (performance.now() - started) / 1000;
      stepSeconds.push(seconds);
      step += 1;
      window.add({ step_time: seconds });
      window.set({ num_tokens: progress.tokensSeen, epoch: epochsAfter(plan, step) });
      metrics = window.take();
      await folder?.appendMetrics({ step, ...metrics });
      this.#emit({
        type: "step",
        step,
        maxSteps,
        metrics,
        tokensPerSecond: progress.tokensGenerated / seconds,
        secondsLeft: remainingSeconds(stepSeconds, maxSteps - step),
      });
      this.#explainZeroLoss(progress, metrics["loss"] ?? null);
      if (config.syncRefModel && step % config.refModelSyncSteps === 0) {
        await run.policy.syncReference({ alpha: config.refModelMixupAlpha });
      }
      if (isDue(config.evalStrategy, config.evalSteps ?? config.loggingSteps, step, plan)) {
        await this.#evaluate(run, step);
      }
      if (folder && step < maxSteps && isDue(config.saveStrategy, config.saveSteps, step, plan)) {
        await this.#save(run, step, folder.checkpointPath(step));
      }
    }
    if (folder) await this.#save(run, step, folder.modelPath);
    return {
      steps: step,
      maxSteps,
      output: folder?.path ?? null,
      model: folder?.modelPath ?? null,
      trainSeconds: stepSeconds.reduce((sum, seconds) => sum + seconds, 0),
      metrics,
    };
  }

  /** One optimizer step: its micro-batches, generating where one begins a new generation batch, and the update. */
  async #step(run: Run, progress: Progress, step: number): Promise<void> {
    const { config, plan, policy, window } = run;
    const microBatches = microBatchesOfStep(plan, step);
    const entropyCoefficient = appliedCoefficient(progress.entropy, config);
    let loss = 0;
    let [entropySum, entropyTokens] = [0, 0];
    let trainSeconds = 0;
    for (const [index, microBatch] of microBatches.entries()) {
      if (microBatch.generates) await this.#generate(run, progress, step, microBatch);
      const { prepared } = progress;
      if (!prepared) throw new Error("A micro-batch came before its generation batch.");
      const slice = sliceOf(progress.order, plan.stepsPerGeneration, microBatch.slice);
      const started = performance.now();
      const reply = await policy.accumulate({
        rows: slice.map((row) => prepared.rows[row]!),
        loss: {
          kind: "grpo",
          options: lossOptions(config),
          temperature: config.temperature,
          itemsInBatch: prepared.itemsInBatch,
          gradientAccumulationSteps: microBatches.length,
          stepsPerGeneration: plan.stepsPerGeneration,
          entropyCoefficient,
        },
      });
      trainSeconds += (performance.now() - started) / 1000;
      loss += reply.loss;
      entropySum += reply.metrics["count/entropy_sum"] ?? 0;
      entropyTokens += reply.metrics["count/entropy_tokens"] ?? 0;
      window.add(reply.metrics);
      this.#progress("train", run, step, index + 1, microBatches.length);
    }
    const learningRate = learningRateAt(config.lrSchedulerType, step, {
      ...config.lrSchedulerKwargs,
      learningRate: config.learningRate,
      warmupSteps: plan.warmupSteps,
      maxSteps: plan.maxSteps,
    });
    const started = performance.now();
    const { gradNorm } = await policy.update({
      learningRate,
      beta1: config.adamBeta1,
      beta2: config.adamBeta2,
      epsilon: config.adamEpsilon,
      weightDecay: config.weightDecay,
      maxGradNorm: config.maxGradNorm,
    });
    trainSeconds += (performance.now() - started) / 1000;
    progress.entropy = nextEntropyState(progress.entropy, entropySum, entropyTokens, config);
    window.add({ loss, "time/train": trainSeconds });
    window.set({ grad_norm: gradNorm, learning_rate: learningRate });
    if (lossOptions(config).entropyBonus) window.set({ entropy_coef: entropyCoefficient });
  }

  /** Samples, scores and prepares a new generation batch. */
  async #generate(run: Run, progress: Progress, step: number, microBatch: MicroBatch): Promise<void> {
    const { config, plan, policy, scorer, window } = run;
    const rows = promptsOfGeneration(run.sampler(microBatch.epoch), plan, microBatch.generationOfEpoch);
    const batch = await generateAndScore({
      policy,
      tokenizer: run.tokenizer,
      scorer,
      prompts: rows.map((row) => run.prompts[row]!),
      numGenerations: config.numGenerations,
      maxCompletionLength: config.maxCompletionLength,
      sampling: samplingOf(config),
      seed: config.seed,
      generation: microBatch.generation,
      step,
      onProgress: (done, total) => this.#progress("generate", run, step, done, total),
    });
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
    progress.tokensGenerated += batch.rollouts.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
    window.add({
      ...prepared.metrics,
      "time/generate": batch.generateSeconds,
      "time/score": batch.scoreSeconds,
    });
    this.#warnUnscored(progress, prepared.metrics["rewards/unscored"] ?? 0, step);
    if (run.folder && config.logCompletions && isLogged(config, step, plan)) {
      await run.folder.writeCompletions(step + 1, completionRecords(batch, prepared.advantages));
    }
  }

  async #evaluate(run: Run, step: number): Promise<void> {
    if (!run.evalPrompts) return;
    const { metrics } = await evaluatePolicy({
      policy: run.policy,
      tokenizer: run.tokenizer,
      scorer: run.scorer,
      prompts: run.evalPrompts,
      config: run.config,
      numGenerations: run.config.numGenerationsEval ?? run.config.numGenerations,
      step,
      onProgress: (done, total) => this.#progress("evaluate", run, Math.max(0, step - 1), done, total),
    });
    const named = evaluationNames(metrics);
    await run.folder?.appendMetrics({ step, ...named });
    this.#emit({ type: "evaluate", step, metrics: named });
  }

  async #save(run: Run, step: number, path: string): Promise<void> {
    await run.policy.save({ folder: path });
    this.#emit({ type: "save", step, path });
  }

  #warnUnscored(progress: Progress, share: number, step: number): void {
    if (share === 0 || progress.warnedUnscored) return;
    progress.warnedUnscored = true;
    this.#emit({
      type: "warning",
      message:
        `${(share * 100).toFixed(1)} % of the completions of step ${step + 1} have no score (every reward abstained, ` +
        "or one failed); their advantage is 0. metrics.jsonl counts them under rewards/unscored.",
    });
  }

  #explainZeroLoss(progress: Progress, loss: number | null): void {
    if (loss === null || Math.abs(loss) >= PRINTS_AS_ZERO || progress.explainedZeroLoss) return;
    progress.explainedZeroLoss = true;
    this.#emit({
      type: "note",
      message:
        "The loss prints as 0, and that is right: before the first update of a batch the ratio of new to old " +
        "probabilities is 1, and a group's advantages have mean 0. Watch the rewards and grad_norm instead.",
    });
  }

  #progress(phase: "generate" | "train" | "evaluate", run: Run, step: number, done: number, total: number): void {
    this.#emit({ type: "progress", step: step + 1, maxSteps: run.plan.maxSteps, phase, done, total });
  }

  #emit(event: TrainEvent): void {
    this.#options.onEvent?.(event);
  }
}

/** How a config's options shape the distribution that completions are drawn from. */
export const samplingOf = (
  config: Pick<GRPOConfig, "temperature" | "topK" | "topP" | "minP" | "repetitionPenalty">,
) => ({
  temperature: config.temperature,
  topK: config.topK,
  topP: config.topP,
  minP: config.minP ?? 0,
  repetitionPenalty: config.repetitionPenalty,
});

/** Every so many steps, or a share of all steps where the number is below 1. */
const everySteps = (every: number, plan: BatchPlan): number =>
  Math.max(1, Math.ceil(every < 1 ? every * plan.maxSteps : every));

/** Whether something that happens now and then is due after `step` steps. */
const isDue = (strategy: GRPOConfig["saveStrategy"], every: number, step: number, plan: BatchPlan): boolean => {
  if (strategy === "no") return false;
  return step % (strategy === "epoch" ? plan.stepsPerEpoch : everySteps(every, plan)) === 0;
};

/** Whether a step's completions are written: the first step, the last, and every `loggingSteps`. */
const isLogged = (config: GRPOConfig, step: number, plan: BatchPlan): boolean =>
  step === 0 || step + 1 === plan.maxSteps || (step + 1) % everySteps(config.loggingSteps, plan) === 0;
