/** Measures a model on held-out rows: sampled and greedy, how often it succeeds and what each reward gives. */
import type { Composite, Dataset, ErrorPolicy } from "@pavlov/core";
import {
  evaluateSamplings,
  type EngineChoice,
  type Evaluation,
  type HubOptions,
  type TrainEvent,
} from "@pavlov/trainer";
import type { EvaluateSettings } from "./config-parts.js";
import { succeeds, type SuccessRule } from "./success.js";

/** The model at one moment, on one set of rows. Rates are fractions. */
export interface Measurement {
  /** Fraction of scored, sampled completions that are a success; null where nothing says what a success is. */
  readonly sampled: number | null;
  /** The same of the most likely completions; null where they were not asked for either. */
  readonly greedy: number | null;
  /** Mean score of each reward over the sampled completions, abstentions left out. */
  readonly rewards: Readonly<Record<string, number | null>>;
  /** Mean total over the sampled completions. */
  readonly reward: number | null;
  /** The sampled completions, in the rows' order. */
  readonly completions: Evaluation["completions"];
}

function mean(values: readonly (number | null | undefined)[]): number | null {
  const present = values.filter((value) => value !== null && value !== undefined);
  return present.length === 0 ? null : present.reduce((sum, value) => sum + value, 0) / present.length;
}

/** A completion for which a reward of the rule failed is no success and no failure of the model: it is left out. */
function successRate({ completions }: Evaluation, rule: SuccessRule | undefined): number | null {
  if (rule === undefined) return null;
  const scored = completions.filter(({ errors = {} }) => !Object.keys(rule).some((name) => name in errors));
  return mean(scored.map(({ scores }) => (succeeds(scores, rule) ? 1 : 0)));
}

/** One sentence on the completions that rewards failed to score; undefined where there are none. */
function failureMessage(evaluations: readonly Evaluation[]): string | undefined {
  const completions = evaluations.flatMap((evaluation) => evaluation.completions);
  const errors = completions.flatMap((completion) => Object.values(completion.errors ?? {}).slice(0, 1));
  if (errors.length === 0) return undefined;
  const count = `${errors.length} of ${completions.length} held-out completions`;
  return `A reward failed on ${count}, which are left out of its rates and means. The first error: ${errors[0]}`;
}

export interface MeasureOptions {
  /** Folder of the model, or of an adapter. */
  readonly model: string;
  /** Folder of an adapter for the model. */
  readonly adapter?: string;
  readonly rewards: Composite;
  readonly dataset: Dataset;
  readonly settings: EvaluateSettings;
  readonly maxCompletionLength: number;
  /** Values for the chat template, as in training. */
  readonly chatTemplateKwargs?: Readonly<Record<string, unknown>>;
  readonly rule?: SuccessRule;
  /** What a reward that fails does to the measurement. Default `fail`: it ends it. */
  readonly onError?: ErrorPolicy;
  readonly engine?: EngineChoice;
  /** Where the base of an adapter is looked for. */
  readonly hub?: HubOptions;
  /** Where results of cacheable rewards are kept. */
  readonly rewardCache?: string;
  readonly signal: AbortSignal;
  readonly onEvent: (event: TrainEvent) => void;
}

/** Generates and scores the completions: `numGenerations` sampled ones of each row, and the greedy one where asked. */
export async function measure(options: MeasureOptions): Promise<Measurement> {
  const { model, adapter, rewards, dataset, settings, rule, onError = "fail", signal, onEvent } = options;
  const config = {
    maxCompletionLength: options.maxCompletionLength,
    chatTemplateKwargs: { ...options.chatTemplateKwargs },
    seed: settings.seed,
    ...(settings.limit === undefined ? {} : { limit: settings.limit }),
  };
  const engine = {
    ...(options.engine ? { engine: options.engine } : {}),
    ...(options.hub ? { hub: options.hub } : {}),
    ...(options.rewardCache === undefined ? {} : { rewardCache: options.rewardCache }),
  };
  const adapted = adapter === undefined ? {} : { adapter };
  const samplings = [
    { temperature: settings.temperature, numGenerations: settings.numGenerations },
    ...(settings.greedy && rule ? [{ temperature: 0, numGenerations: 1 }] : []),
  ];
  const given = { model, ...adapted, rewards, dataset, config, onError, ...engine, signal, onEvent };
  const evaluations = await evaluateSamplings(given, samplings);
  signal.throwIfAborted();
  const failures = failureMessage(evaluations);
  if (failures !== undefined) onEvent({ type: "warning", message: failures });
  const [sampled, greedy] = evaluations as [Evaluation, Evaluation?];
  const { completions } = sampled;
  return {
    sampled: successRate(sampled, rule),
    greedy: greedy ? successRate(greedy, rule) : null,
    rewards: Object.fromEntries(
      Object.keys(rewards.parts).map((name) => [name, mean(completions.map(({ scores }) => scores[name]))]),
    ),
    reward: mean(completions.map(({ total }) => total)),
    completions,
  };
}
