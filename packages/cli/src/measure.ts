/** Measures a model on held-out rows: sampled and greedy, how often it succeeds and what each reward gives. */
import type { Composite, Dataset } from "@pavlov/core";
import { evaluate, type EngineChoice, type Evaluation, type TrainEvent } from "@pavlov/trainer";
import type { EvaluateSettings } from "./config-schema.js";
import { succeeds, type SuccessRule } from "./success.js";

/** The model at one moment, on one set of rows. Rates are fractions. */
export interface Measurement {
  /** Fraction of sampled completions that are a success; null where nothing says what a success is. */
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

function successRate({ completions }: Evaluation, rule: SuccessRule | undefined): number | null {
  return rule === undefined ? null : mean(completions.map(({ scores }) => (succeeds(scores, rule) ? 1 : 0)));
}

export interface MeasureOptions {
  /** Folder of the model. */
  readonly model: string;
  readonly rewards: Composite;
  readonly dataset: Dataset;
  readonly settings: EvaluateSettings;
  readonly maxCompletionLength: number;
  readonly rule?: SuccessRule;
  readonly engine?: EngineChoice;
  readonly signal: AbortSignal;
  readonly onEvent: (event: TrainEvent) => void;
}

/** Generates and scores the completions: `numGenerations` sampled ones of each row, and the greedy one where asked. */
export async function measure(options: MeasureOptions): Promise<Measurement> {
  const { model, rewards, dataset, settings, rule, signal, onEvent } = options;
  const engine = options.engine ? { engine: options.engine } : {};
  const common = {
    maxCompletionLength: options.maxCompletionLength,
    seed: settings.seed,
    ...(settings.limit === undefined ? {} : { limit: settings.limit }),
  };
  const run = (config: { readonly temperature: number; readonly numGenerations: number }): Promise<Evaluation> =>
    evaluate({ model, rewards, dataset, config: { ...common, ...config }, ...engine, signal, onEvent });

  const sampled = await run({ temperature: settings.temperature, numGenerations: settings.numGenerations });
  signal.throwIfAborted();
  const greedy = settings.greedy && rule ? await run({ temperature: 0, numGenerations: 1 }) : undefined;
  signal.throwIfAborted();
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
