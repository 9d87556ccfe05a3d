/**
 * Supervised training on prompts and demonstrations, as TRL's `SFTTrainer` with `completion_only_loss`: the same
 * model, engine and optimizer as GRPO, another loss.
 */
import type { Dataset, DatasetRow } from "@pavlov/core";
import { PavlovError } from "@pavlov/core";
import { savesAfter, savesLeft } from "../grpo/occasions.js";
import { promptSampler } from "../grpo/prompt-sampler.js";
import { newLora } from "../grpo/config/lora-options.js";
import { locateAnywhere } from "../hub/locate-anywhere.js";
import type { HubOptions } from "../hub/settings.js";
import { hubRecord, type HubSources } from "../hub/sources.js";
import { modelWarnings } from "../model/load.js";
import type { LocatedModel } from "../model/lora/locate.js";
import type { Tokenizer } from "../model/tokenizer.js";
import { planSteps, type RunLength } from "../optimize/plan-steps.js";
import { updateRequest } from "../optimize/update-request.js";
import type { PolicyClient } from "../policy/client.js";
import { watchTraffic } from "../policy/device-traffic.js";
import type { EngineChoice } from "../device/open-engine.js";
import type { TokenRow } from "../policy/protocol.js";
import { resolveEngine } from "../device/resolve-engine.js";
import { withPolicy } from "../policy/with-policy.js";
import type { FoundCheckpoint } from "../run/checkpoint-search.js";
import { diskNeed } from "../run/disk-need.js";
import { createYielder } from "../run/event-loop.js";
import type { TrainEvent, TrainListener } from "../run/events.js";
import type { MemoryReport } from "../run/memory-check.js";
import { asFingerprint, datasetContent, modelContent } from "../run/fingerprint.js";
import { parseOptions } from "../run/parse-options.js";
import { encodeRowPrompt, type PromptOptions } from "../run/prompts.js";
import { recordedSources } from "../run/recorded-sources.js";
import { remainingSeconds } from "../run/remaining-seconds.js";
import { rescueRun, saveModelInstead } from "../run/rescue.js";
import { completeResult, openCheckpoint, openResumedFolder } from "../run/resume.js";
import { createRunFolder, type RunFolder } from "../run/run-folder.js";
import { saveCheckpointOf } from "../run/save-checkpoint.js";
import type { TrainResult } from "../run/train-result.js";
import { sftMemory } from "./memory.js";
import { loadCheckpoint, newProgress, readProgress, type Progress } from "./progress.js";
import { sftConfigSchema, type SFTConfig, type SFTConfigInput } from "./config.js";

export interface SFTTrainerOptions {
  /** A folder in Hugging Face layout, that of an adapter in PEFT's layout, which is trained on, or the id of either. */
  readonly model: string;
  /** An adapter for `model`, as a folder or an id, to train on instead of a new one. */
  readonly adapter?: string;
  /** Rows with a completion each. */
  readonly dataset: Dataset;
  readonly config?: SFTConfigInput;
  /** The run's folder; without one nothing is written. */
  readonly output?: string;
  /** Goes on from a checkpoint, as `GRPOTrainer` does. */
  readonly resumeFrom?: boolean | string;
  /** Goes on although the model, the data or the options have changed since the checkpoint. */
  readonly resumeChanged?: boolean;
  /** What else `config.json` should hold. */
  readonly record?: Readonly<Record<string, unknown>>;
  /** How models of the hub are asked for: the token, the cache, whether only the cache may be used. */
  readonly hub?: HubOptions;
  readonly engine?: EngineChoice;
  /** Stops after the current step; the model is saved. */
  readonly signal?: AbortSignal;
  readonly onEvent?: TrainListener;
}

/** How rows become optimizer steps. */
interface Plan extends RunLength {
  readonly rowsPerStep: number;
  readonly stepsPerEpoch: number;
}

const planOf = (config: SFTConfig, rows: number): Plan => {
  const rowsPerStep = config.perDeviceTrainBatchSize * config.gradientAccumulationSteps;
  const stepsPerEpoch = Math.ceil(rows / rowsPerStep);
  return { rowsPerStep, stepsPerEpoch, ...planSteps(config, stepsPerEpoch) };
};

/** A demonstration as token ids: the completion ends with the end-of-sequence token, and both fit `maxLength`. */
const encodeRow = (
  row: DatasetRow,
  tokenizer: Tokenizer,
  eosTokenId: number,
  maxLength: number,
  options: PromptOptions,
): TokenRow => {
  const place = `${row.location.file}:${row.location.line}`;
  if (row.completion === undefined) {
    throw new PavlovError(`The row at ${place} has no completion, which supervised training needs.`, {
      hint: "Name the column that holds the demonstration: dataset: { completion: <column> }.",
    });
  }
  const promptIds = encodeRowPrompt(row, tokenizer, options).ids;
  if (promptIds.length >= maxLength) {
    throw new PavlovError(
      `The prompt at ${place} has ${promptIds.length} tokens, which leaves no room for a completion in ${maxLength}.`,
      { hint: "Raise maxLength (up to the model's context) or remove the row." },
    );
  }
  const completionIds = [...tokenizer.encode(row.completion), eosTokenId].slice(0, maxLength - promptIds.length);
  return { promptIds, completionIds };
};

const encodeRows = async (dataset: Dataset, tokenizer: Tokenizer, policy: PolicyClient, config: SFTConfig) => {
  const giveWay = createYielder();
  const [eosTokenId = tokenizer.eosTokenId] = policy.info.eosTokenIds;
  if (eosTokenId === null) {
    throw new PavlovError("The model names no end-of-sequence token, so it could not learn to stop.", {
      hint: "Set eos_token_id in the model's config.json.",
    });
  }
  const maxLength = Math.min(config.maxLength, policy.info.maxPositions);
  const options = { vocabularySize: policy.info.vocabularySize, chatTemplateKwargs: config.chatTemplateKwargs };
  const rows: TokenRow[] = [];
  for (const row of dataset.rows) {
    rows.push(encodeRow(row, tokenizer, eosTokenId, maxLength, options));
    await giveWay();
  }
  return rows;
};

/** The parts of a run. */
interface Run {
  readonly policy: PolicyClient;
  readonly rows: readonly TokenRow[];
  readonly folder: RunFolder | null;
  readonly fingerprint: Readonly<Record<string, unknown>>;
}

const completionTokens = (rows: readonly TokenRow[]): number =>
  rows.reduce((sum, { completionIds }) => sum + completionIds.length, 0);

export class SFTTrainer {
  readonly #options: SFTTrainerOptions;
  readonly #config: SFTConfig;
  readonly #plan: Plan;

  /** @throws PavlovError where options contradict each other or the dataset is empty. */
  constructor(options: SFTTrainerOptions) {
    this.#options = options;
    this.#config = parseOptions(sftConfigSchema, options.config ?? {}, "SFT options");
    if (options.dataset.rows.length === 0) {
      throw new PavlovError(`The dataset ${options.dataset.name} is empty: there is nothing to train on.`);
    }
    this.#plan = planOf(this.#config, options.dataset.rows.length);
  }

  /** Runs to the last step, or until the signal aborts. */
  async train(): Promise<TrainResult> {
    const started = performance.now();
    const { model, adapter, engine: choice = {}, signal, hub } = this.#options;
    const lora = newLora(this.#config.lora, this.#config.seed);
    const { gradientCheckpointing } = this.#config;
    const asking = { signal, onEvent: this.#emit, ...hub };
    const earlier = await recordedSources(this.#options);
    const located = await locateAnywhere({ model, adapter, training: true }, asking, earlier);
    const fingerprint = await this.#fingerprint(located);
    const resumed = await openCheckpoint(this.#options, "sft", fingerprint, this.#emit);
    if (resumed && resumed.checkpoint.state.step >= this.#plan.maxSteps) {
      const { trainSeconds } = readProgress(resumed.checkpoint);
      const { maxSteps } = this.#plan;
      return await completeResult(
        resumed,
        { maxSteps, trainSeconds, saveTotalLimit: this.#config.saveTotalLimit },
        this.#emit,
      );
    }
    const engine = await resolveEngine(choice, this.#emit);
    const check = await sftMemory({ ...located, engine, config: this.#config });
    check([]);
    const warnings = await modelWarnings(located.model);
    const folders = { model: located.model, adapter: located.adapter };
    const request = { ...folders, lora, engine, reference: false, training: true, gradientCheckpointing };
    const trained = await withPolicy(request, async (policy, tokenizer) => {
      const rows = await encodeRows(this.#options.dataset, tokenizer, policy, this.#config);
      const { residentBytes } = await policy.usage();
      const before = { memory: check(rows, residentBytes), warnings, sources: located.sources };
      const result = await this.#trainPolicy(policy, rows, fingerprint, resumed, before);
      return { ...result, policyPeakBytes: (await policy.usage()).peakBytes };
    });
    const stopped = signal?.aborted === true && trained.steps < trained.maxSteps;
    return { ...trained, stopped, seconds: (performance.now() - started) / 1000 };
  }

  /** What decides the run's numbers. */
  async #fingerprint({ model, adapter }: LocatedModel): Promise<Readonly<Record<string, unknown>>> {
    return asFingerprint({
      model: await modelContent(model),
      ...(adapter === null ? {} : { adapter: await modelContent(adapter) }),
      dataset: await datasetContent(this.#options.dataset),
      train: this.#config,
    });
  }

  /** Everything that can be wrong is found here, before the first step. */
  async #trainPolicy(
    policy: PolicyClient,
    rows: readonly TokenRow[],
    fingerprint: Readonly<Record<string, unknown>>,
    resumed: FoundCheckpoint | null,
    before: {
      readonly memory: MemoryReport | null;
      readonly warnings: readonly string[];
      readonly sources: HubSources;
    },
  ): Promise<Omit<TrainResult, "stopped" | "seconds">> {
    const { model, adapter, dataset, output, record } = this.#options;
    const { engine, device, loadSeconds, trainableParameters } = policy.info;
    const progress = resumed ? await loadCheckpoint(policy, resumed.checkpoint) : newProgress();
    const need = diskNeed({
      parameters: trainableParameters,
      saves: savesLeft(this.#config, this.#plan, progress.step),
      resumed: resumed !== null,
      options: this.#config,
    });
    const folder = resumed
      ? await openResumedFolder(resumed, engine, need, this.#emit)
      : output === undefined
        ? null
        : await createRunFolder(output, need);
    await folder?.writeConfig({
      method: "sft",
      model,
      ...(adapter === undefined ? {} : { adapter }),
      engine,
      device,
      dataset: { name: dataset.name, rows: rows.length },
      train: this.#config,
      ...hubRecord(before.sources),
      ...record,
    });
    for (const message of before.warnings) this.#emit({ type: "warning", message });
    this.#emit({
      type: "start",
      method: "sft",
      parameters: trainableParameters,
      rows: rows.length,
      maxSteps: this.#plan.maxSteps,
      engine,
      device,
      loadSeconds,
      output: folder?.path ?? null,
      ...(progress.saved ? { resumedFrom: progress.saved } : {}),
    });
    if (before.memory) this.#emit({ type: "memory", ...before.memory });
    const run: Run = { policy, rows, folder, fingerprint };
    return this.#loop(run, progress).catch((error: unknown) => this.#rescue(run, progress, error));
  }

  async #loop(run: Run, progress: Progress): Promise<Omit<TrainResult, "stopped" | "seconds">> {
    const { policy, rows, folder } = run;
    const config = this.#config;
    const { maxSteps, stepsPerEpoch, rowsPerStep } = this.#plan;
    const sampler = promptSampler(rows.length, config.seed, config.shuffleDataset);
    const stepSeconds: number[] = [];
    let metrics: Record<string, number | null> = {};
    while (progress.step < maxSteps && this.#options.signal?.aborted !== true) {
      const started = performance.now();
      const order = sampler(Math.floor(progress.step / stepsPerEpoch));
      const position = progress.step % stepsPerEpoch;
      const chosen = order.slice(position * rowsPerStep, (position + 1) * rowsPerStep).map((row) => rows[row]!);
      const result = await this.#step(policy, chosen, progress);
      const seconds = (performance.now() - started) / 1000;
      stepSeconds.push(seconds);
      const step = (progress.step += 1);
      progress.trainSeconds += seconds;
      progress.tokensSeen += chosen.reduce(
        (sum, { promptIds, completionIds }) => sum + promptIds.length + completionIds.length,
        0,
      );
      metrics = { ...result, num_tokens: progress.tokensSeen, epoch: step / stepsPerEpoch, step_time: seconds };
      await folder?.appendMetrics({ step, ...metrics });
      progress.wholeStep = step;
      const tokensPerSecond = completionTokens(chosen) / seconds;
      const secondsLeft = remainingSeconds(stepSeconds, maxSteps - step);
      this.#emit({ type: "step", step, maxSteps, metrics, tokensPerSecond, secondsLeft });
      if (step < maxSteps && savesAfter(config, this.#plan, step)) await this.#save(run, progress);
    }
    const { step } = progress;
    // A run that was stopped before its first step has trained nothing.
    const saved = step > 0 ? folder : null;
    if (saved) {
      await policy.save({ folder: saved.modelPath });
      this.#emit({ type: "save", step, path: saved.modelPath });
    }
    const stopped = step < maxSteps;
    // After the model: a checkpoint of the last step tells that the run is complete.
    if (stopped ? !config.saveOnlyModel : savesAfter(config, this.#plan, step)) {
      await this.#save(run, progress, saved !== null);
    }
    return {
      steps: step,
      maxSteps,
      output: folder?.path ?? null,
      model: saved?.modelPath ?? null,
      checkpoint: config.saveOnlyModel ? null : (progress.saved?.path ?? null),
      trainSeconds: progress.trainSeconds,
      metrics,
    };
  }

  /** Saves the state after the last step, unless there is none or that was done. */
  async #save({ policy, folder, fingerprint }: Run, progress: Progress, modelIsSaved = false): Promise<void> {
    const { step, saved, resumedStep, tokensSeen, trainSeconds } = progress;
    if (!folder || step === 0 || saved?.step === step) return;
    const writer = { policy, folder, options: this.#config, fingerprint, resumedStep, emit: this.#emit };
    const contents = { method: "sft", step, progress: { tokensSeen, trainSeconds } } as const;
    // Nothing is left to rescue where saving itself fails.
    progress.wholeStep = -1;
    const path = await saveCheckpointOf(writer, contents).catch((error: unknown) =>
      saveModelInstead({ policy, folder, step, modelIsSaved }, error),
    );
    progress.wholeStep = step;
    progress.saved = { step, path };
  }

  /** Saves what was trained before an error ended the run. */
  #rescue(run: Run, progress: Progress, error: unknown): Promise<never> {
    const save = progress.wholeStep === progress.step ? () => this.#save(run, progress) : null;
    const { saveOnlyModel } = this.#config;
    return rescueRun({ save, saved: () => progress.saved, saveOnlyModel }, error);
  }

  /** One optimizer step over some rows. */
  async #step(policy: PolicyClient, rows: readonly TokenRow[], progress: Progress): Promise<Record<string, number>> {
    const config = this.#config;
    const itemsInBatch = completionTokens(rows);
    const traffic = await watchTraffic(policy);
    let [loss, entropy] = [0, 0];
    for (let start = 0; start < rows.length; start += config.perDeviceTrainBatchSize) {
      const microBatch = rows.slice(start, start + config.perDeviceTrainBatchSize);
      const reply = await policy.accumulate({ rows: microBatch, loss: { kind: "sft", itemsInBatch } });
      loss += reply.loss;
      entropy += reply.metrics["entropy"] ?? 0;
    }
    const request = updateRequest(config, progress.step, this.#plan);
    const { gradNorm } = await policy.update(request);
    // Until the step is reported there is nothing to rescue: the weights are those of the next one.
    progress.wholeStep = -1;
    await traffic.lap();
    return { loss, grad_norm: gradNorm, learning_rate: request.learningRate, entropy, ...traffic.metrics() };
  }

  readonly #emit = (event: TrainEvent): void => this.#options.onEvent?.(event);
}
