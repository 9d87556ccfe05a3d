/**
 * Trains a model with group relative policy optimization, as TRL's `GRPOTrainer`: sample a group of completions for
 * each prompt, score them, compare each with its group, and make the better ones likelier (DeepSeekMath, section 4).
 */
import {
  checkDataset,
  createScorer,
  isComposite,
  PavlovError,
  recordRewards,
  type RewardsRecord,
  type Scorer,
} from "@pavlov/core";
import { locateAnywhere, type LocatedAnywhere } from "../hub/locate-anywhere.js";
import { hubRecord, type HubSources } from "../hub/sources.js";
import type { LocatedModel } from "../model/lora/locate.js";
import { modelWarnings } from "../model/load.js";
import { loadTokenizer, requireEmbeddings } from "../model/tokenizer.js";
import { precisionProblem } from "../device/check-choice.js";
import { resolveEngine } from "../device/resolve-engine.js";
import { startPolicy, type PolicyClient } from "../policy/client.js";
import type { Checkpoint, FoundCheckpoint } from "../run/checkpoint-search.js";
import { diskNeed } from "../run/disk-need.js";
import type { TrainEvent } from "../run/events.js";
import { asFingerprint, datasetContent, modelContent, rewardCode, rewardSettings } from "../run/fingerprint.js";
import { parseOptions } from "../run/parse-options.js";
import { encodePrompts, promptLimits } from "../run/prompts.js";
import { recordedSources } from "../run/recorded-sources.js";
import { rescueRun, saveModelInstead } from "../run/rescue.js";
import { completeResult, openCheckpoint, openResumedFolder } from "../run/resume.js";
import { createRunFolder, type RunFolder } from "../run/run-folder.js";
import type { TrainResult } from "../run/train-result.js";
import { planBatches, type BatchPlan } from "./batch-arithmetic.js";
import { newLora } from "./config/lora-options.js";
import { loadCheckpoint, readProgress, referenceMoves, saveCheckpoint } from "./checkpoint.js";
import { configWarnings, grpoConfigSchema, vespoCorrectionProblem, type GRPOConfig } from "./config.js";
import { runMemory } from "./memory.js";
import { evaluatesAfter, savesAfter, savesLeft } from "./occasions.js";
import { promptSampler } from "./prompt-sampler.js";
import { evaluateRun, reportStep } from "./report-step.js";
import { initialProgress, progressOf, snapshotOf, trainSecondsOf, type Progress, type Run } from "./run-state.js";
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
    const { model, adapter, rewards, engine: choice = {} } = this.#options;
    const config = this.#config;
    const { signal, hub, rewardCache: cache } = this.#options;
    const asking = { signal, onEvent: this.#emit, ...hub };
    const earlier = await recordedSources(this.#options);
    const located = await locateAnywhere({ model, adapter, training: true }, asking, earlier);
    const described = await recordRewards(rewards);
    const fingerprint = await this.#fingerprint(located, described);
    const resumed = await openCheckpoint(this.#options, "grpo", fingerprint, this.#emit);
    if (resumed && isComplete(resumed.checkpoint, this.#plan)) {
      const { trainSeconds } = readProgress(resumed.checkpoint);
      const { maxSteps } = this.#plan;
      return await completeResult(
        resumed,
        { maxSteps, trainSeconds, saveTotalLimit: config.saveTotalLimit },
        this.#emit,
      );
    }
    const scorer = createScorer(rewards, {
      onError: "drop",
      seed: config.seed,
      log: (reward, message) => this.#emit({ type: "log", reward, message }),
      ...(cache === undefined ? {} : { cache }),
    });
    let policy: PolicyClient | undefined;
    try {
      const lora = newLora(config.lora, config.seed);
      const { gradientCheckpointing } = config;
      const pass = this.#options.pass ?? "auto";
      const evaluates = this.#options.evalDataset !== undefined;
      const engine = await resolveEngine(choice, this.#emit);
      const memory = await runMemory({ ...located, engine, pass, config, plan: this.#plan, evaluates });
      memory.check(1);
      const wanted = { lora, engine, pass, reference: config.beta !== 0, gradientCheckpointing };
      policy = await startPolicy({ ...withoutSettings(located), ...wanted });
      // Before anything that was written after the checkpoint is taken back.
      const snapshot = resumed && (await loadCheckpoint({ config, policy }, resumed.checkpoint));
      const prepared = await this.#prepare(policy, scorer, located, { fingerprint, described }, resumed);
      const promptTokens = longestPrompt(prepared);
      const needed = memory.check(promptTokens, (await policy.usage()).residentBytes);
      const run: Run = { ...prepared, evaluationRows: memory.evaluationRows(promptTokens) };
      const warnings = [...configWarnings(config), ...(await modelWarnings(located.model))];
      for (const message of warnings) run.emit({ type: "warning", message });
      const progress = resumed && snapshot ? progressOf(snapshot, resumed.checkpoint.path, run) : initialProgress(run);
      run.emit({
        type: "start",
        method: "grpo",
        parameters: policy.info.trainableParameters,
        rows: run.prompts.length,
        maxSteps: run.plan.maxSteps,
        engine: policy.info.engine,
        device: policy.info.device,
        loadSeconds: policy.info.loadSeconds,
        output: run.folder?.path ?? null,
        ...(progress.saved ? { resumedFrom: progress.saved } : {}),
      });
      if (needed) run.emit({ type: "memory", ...needed });
      const result = await this.#loop(run, progress).catch((error: unknown) => rescue(run, progress, error));
      const { peakBytes } = await policy.usage();
      return { ...result, policyPeakBytes: peakBytes, seconds: (performance.now() - started) / 1000 };
    } finally {
      await policy?.dispose();
      await scorer.dispose();
    }
  }

  readonly #emit = (event: TrainEvent): void => this.#options.onEvent?.(event);

  /** What decides the run's numbers. */
  async #fingerprint(
    { model, adapter }: LocatedModel,
    rewards: RewardsRecord,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { dataset, rollout } = this.#options;
    return asFingerprint({
      model: await modelContent(model),
      ...(adapter === null ? {} : { adapter: await modelContent(adapter) }),
      dataset: await datasetContent(dataset),
      rewards: rewardSettings(rewards),
      code: rewardCode(rewards),
      rollout: rollout !== undefined,
      train: this.#config,
    });
  }

  /** Everything that can be wrong is found here, before the first step. */
  async #prepare(
    policy: PolicyClient,
    scorer: Scorer,
    { tokenizer: tokenizerFolder, sources }: LocatedAnywhere,
    { fingerprint, described }: { readonly fingerprint: Run["fingerprint"]; readonly described: RewardsRecord },
    resumed: FoundCheckpoint | null,
  ): Promise<Run> {
    const { rewards, rollout, signal } = this.#options;
    const config = this.#config;
    const dataset = await checkDataset(this.#options.dataset, rewards);
    const evalDataset = this.#options.evalDataset && (await checkDataset(this.#options.evalDataset, rewards));
    await scorer.setup();
    const tokenizer = await loadTokenizer(tokenizerFolder);
    requireEmbeddings(tokenizer, policy.info.vocabularySize, tokenizerFolder);
    const limits = promptLimits(policy.info, config);
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
      folder: await this.#openFolder(policy, sources, described, resumed),
      fingerprint,
      resumedStep: resumed?.checkpoint.state.step ?? null,
      signal,
      emit: this.#emit,
    };
  }

  async #openFolder(
    policy: PolicyClient,
    sources: HubSources,
    rewards: RewardsRecord,
    resumed: FoundCheckpoint | null,
  ): Promise<RunFolder | null> {
    const { output, model, adapter, dataset, record } = this.#options;
    if (!resumed && output === undefined) return null;
    const config = this.#config;
    const need = diskNeed({
      parameters: policy.info.trainableParameters,
      saves: savesLeft(config, this.#plan, resumed?.checkpoint.state.step ?? 0),
      resumed: resumed !== null,
      movedReference: referenceMoves(config),
      options: config,
    });
    const folder = resumed
      ? await openResumedFolder(resumed, policy.info.engine, need, this.#emit)
      : await createRunFolder(output as string, need);
    await folder.writeConfig({
      method: "grpo",
      model,
      ...(adapter === undefined ? {} : { adapter }),
      engine: policy.info.engine,
      device: policy.info.device,
      dataset: { name: dataset.name, rows: dataset.rows.length },
      rewards,
      train: config,
      ...hubRecord(sources),
      ...record,
    });
    return folder;
  }

  async #loop(run: Run, progress: Progress): Promise<Omit<TrainResult, "seconds">> {
    const { config, plan, folder, signal } = run;
    const { maxSteps } = plan;
    const isStopped = (): boolean => signal?.aborted === true;
    let metrics: Record<string, number | null> = {};
    const evaluate = async (): Promise<void> => {
      if (!progress.evaluationDue || isStopped()) return;
      await evaluateRun(run, progress);
      if (progress.latest) progress.latest = snapshotOf(progress, plan);
      // The last step's checkpoint is saved again: it told that rows were still to be evaluated.
      if (progress.step >= maxSteps && progress.saved?.step === progress.step) progress.saved = null;
    };
    await evaluate();
    while (progress.step < maxSteps && !isStopped()) {
      const started = performance.now();
      await trainStep(run, progress, progress.step);
      progress.stepSeconds.push((performance.now() - started) / 1000);
      progress.step += 1;
      metrics = await reportStep(run, progress);
      if (config.syncRefModel && progress.step % config.refModelSyncSteps === 0) {
        await run.policy.syncReference({ alpha: config.refModelMixupAlpha });
      }
      progress.evaluationDue = evaluatesAfter(config, plan, progress.step);
      progress.latest = snapshotOf(progress, plan);
      await evaluate();
      if (progress.step < maxSteps && savesAfter(config, plan, progress.step)) await saveProgress(run, progress);
    }
    // Without a step there is nothing that the model's own folder does not hold.
    const model = progress.step > 0 && folder ? folder.modelPath : null;
    if (model !== null) await saveModel(run, progress.step, model);
    const stopped = progress.step < maxSteps;
    // After the model: a checkpoint of the last step tells that the run is complete.
    const isSaved = model !== null;
    const saves = stopped ? !config.saveOnlyModel : savesAfter(config, plan, progress.step);
    if (saves) await saveProgress(run, progress, isSaved);
    return {
      steps: progress.step,
      maxSteps,
      stopped,
      output: folder?.path ?? null,
      model,
      checkpoint: config.saveOnlyModel ? null : (progress.saved?.path ?? null),
      trainSeconds: trainSecondsOf(progress),
      metrics,
    };
  }
}

/** What is wrong between the options and what else the trainer was given. */
const problemsOf = (options: GRPOTrainerOptions, config: GRPOConfig): string[] => {
  const { rewards, rollout, evalDataset, engine = {} } = options;
  const problems: (string | undefined)[] = [
    precisionProblem(engine, config.rollout.precision),
    rollout && vespoCorrectionProblem(config),
    rollout && config.rollout.precision === "int8"
      ? "rollout.precision: int8 concerns the trainer's own sampler, and a rollout function replaces it: remove one."
      : undefined,
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

const withoutSettings = ({ model, adapter, tokenizer }: LocatedModel) => ({ model, adapter, tokenizer });

/** Tokens of the longest prompt that a run generates for. */
const longestPrompt = ({ prompts, evalPrompts }: Run): number =>
  [...prompts, ...(evalPrompts ?? [])].reduce((longest, { ids }) => Math.max(longest, ids.length), 1);

/** Whether a run has nothing left to do. */
const isComplete = (checkpoint: Checkpoint, { maxSteps }: BatchPlan): boolean => {
  const { step, evaluationDue } = readProgress(checkpoint);
  return step >= maxSteps && !evaluationDue;
};

/** Saves the state after the last step, unless that was done. */
const saveProgress = async (run: Run, progress: Progress, modelIsSaved = false): Promise<void> => {
  const { latest, saved } = progress;
  const { folder, policy } = run;
  if (!folder || !latest || saved?.step === latest.state.step) return;
  const { step } = latest.state;
  // Nothing is left to rescue where saving itself fails.
  progress.latest = null;
  const path = await saveCheckpoint({ ...run, folder }, latest).catch((error: unknown) =>
    saveModelInstead({ policy, folder, step, modelIsSaved }, error),
  );
  progress.latest = latest;
  progress.saved = { step, path };
};

/** Saves what was trained before an error ended the run. */
const rescue = (run: Run, progress: Progress, error: unknown): Promise<never> => {
  // Between a step and the end of its report the state is no longer that of a step.
  const isWhole = progress.latest?.state.step === progress.step;
  const save = isWhole ? () => saveProgress(run, progress) : null;
  return rescueRun({ save, saved: () => progress.saved, saveOnlyModel: run.config.saveOnlyModel }, error);
};

const saveModel = async ({ policy, emit }: Run, step: number, path: string): Promise<void> => {
  await policy.save({ folder: path });
  emit({ type: "save", step, path });
};
