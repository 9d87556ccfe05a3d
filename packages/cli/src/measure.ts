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

/** Where one reward abstained. */
export interface Abstained {
  readonly completions: number;
  /** Rows of the dataset that those completions answer. */
  readonly rows: number;
  /** What the reward said of the first of them. */
  readonly firstReason?: string;
}

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
  /** The rewards that abstained on sampled completions, by name: a right answer that cannot be read, for example. */
  readonly abstained: Readonly<Record<string, Abstained>>;
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

/** The rewards that abstained, by name. Completions of a row lie together, `numGenerations` of each. */
function abstentionsOf(
  { completions }: Evaluation,
  names: readonly string[],
  numGenerations: number,
): Readonly<Record<string, Abstained>> {
  const found = names.flatMap((name): [string, Abstained][] => {
    const at = completions.flatMap(({ scores, errors = {} }, index) =>
      scores[name] === null && !(name in errors) ? [index] : [],
    );
    if (at.length === 0) return [];
    const rows = new Set(at.map((index) => Math.floor(index / numGenerations))).size;
    const firstReason = at.map((index) => completions[index]?.reasons[name]).find((reason) => reason !== undefined);
    return [[name, { completions: at.length, rows, ...(firstReason === undefined ? {} : { firstReason }) }]];
  });
  return Object.fromEntries(found);
}

/** Characters of a reason that a warning quotes. */
const MOST_REASON = 200;

/** One sentence or two on where a reward abstained. */
function abstentionMessage(
  name: string,
  { completions, rows, firstReason }: Abstained,
  of: { readonly completions: number; readonly rows: number; readonly rule: SuccessRule | undefined },
): string {
  const said = firstReason?.slice(0, MOST_REASON).replaceAll(/\s+/g, " ").trim().replace(/\.$/, "");
  const why = said === undefined ? "" : `; of the first it said: ${said}`;
  const success = of.rule !== undefined && name in of.rule ? ", and count as no success" : "";
  return (
    `The reward "${name}" abstained on ${completions} of ${of.completions} held-out completions, on ${rows} of ` +
    `${of.rows} ${of.rows === 1 ? "row" : "rows"}${why}. They are left out of its mean${success}.`
  );
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
  /** Rewards of whose abstentions was warned before, and is not again; this measurement's are added. */
  readonly told?: Set<string>;
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
  const { numGenerations } = settings;
  const abstained = abstentionsOf(sampled, Object.keys(rewards.parts), numGenerations);
  const counts = { completions: completions.length, rows: completions.length / numGenerations, rule };
  for (const [name, abstention] of Object.entries(abstained)) {
    if (options.told?.has(name)) continue;
    options.told?.add(name);
    onEvent({ type: "warning", message: abstentionMessage(name, abstention, counts) });
  }
  return {
    sampled: successRate(sampled, rule),
    greedy: greedy ? successRate(greedy, rule) : null,
    rewards: Object.fromEntries(
      Object.keys(rewards.parts).map((name) => [name, mean(completions.map(({ scores }) => scores[name]))]),
    ),
    reward: mean(completions.map(({ total }) => total)),
    abstained,
    completions,
  };
}
