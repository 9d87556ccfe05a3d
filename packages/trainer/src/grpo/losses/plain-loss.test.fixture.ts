/**
 * The policy losses once more, written from their papers' formulas with plain numbers in float64, as an independent
 * judge: no tensors, and gradients by central differences.
 */
import type { PolicyLossOptions } from "./types.js";

export interface PlainCase {
  readonly logProbabilities: number[][];
  readonly old: number[][] | null;
  readonly reference: number[][];
  readonly sampling: number[][];
  readonly importance: number[][] | null;
  readonly entropies: number[][];
  readonly mask: number[][];
  readonly advantages: number[];
  readonly gradientAccumulation: number;
  readonly stepsPerGeneration: number;
  readonly itemsInBatch: number;
  readonly entropyCoefficient: number;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const at = (matrix: readonly (readonly number[])[], i: number, t: number) => matrix[i]?.[t] as number;
const limit = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

/** The loss, where `frozen` stands for the log-probabilities that no gradient flows through. */
export function plainLoss(plain: PlainCase, options: PolicyLossOptions, frozen = plain.logProbabilities): number {
  const { logProbabilities, mask, advantages } = plain;
  const threshold = entropyQuantile(plain, 1 - options.topEntropyQuantile);
  const rowTotals: number[] = [];
  const rowTokens: number[] = [];
  let bonusSum = 0;
  let bonusTokens = 0;
  logProbabilities.forEach((row, i) => {
    const advantage = advantages[i] as number;
    const tokens = sum(mask[i] as number[]);
    const oldOf = (t: number) => (plain.old === null ? at(frozen, i, t) : at(plain.old, i, t));
    const ratios = (values: readonly (readonly number[])[]) => {
      const logs = row.map((_, t) => at(mask, i, t) * (at(values, i, t) - oldOf(t)));
      const mean = Math.exp(sum(logs) / Math.max(tokens, 1));
      return logs.map((log) => (options.importanceSamplingLevel === "sequence" ? mean : Math.exp(log)));
    };
    const live = ratios(logProbabilities);
    const still = ratios(frozen);
    const drift = sum(row.map((_, t) => at(mask, i, t) * (at(plain.sampling, i, t) - at(frozen, i, t))));
    const keep =
      options.offPolicyMaskThreshold === null ||
      advantage >= 0 ||
      drift / Math.max(tokens, 1) <= options.offPolicyMaskThreshold;
    let total = 0;
    row.forEach((logProbability, t) => {
      if (at(mask, i, t) === 0) return;
      const high = options.topEntropyQuantile === 1 || at(plain.entropies, i, t) >= threshold;
      if (high) {
        bonusSum += at(plain.entropies, i, t);
        bonusTokens += 1;
      }
      let loss = tokenLoss(live[t] as number, still[t] as number, logProbability, advantage, options);
      if (options.lossType === "vespo") loss *= phi(plain, options, i, frozen, oldOf);
      if (!keep || !high) loss = 0;
      if (plain.importance !== null && options.lossType !== "vespo") loss *= at(plain.importance, i, t);
      const difference = at(plain.reference, i, t) - logProbability;
      const correction = options.useBiasCorrectionKl ? (live[t] as number) : 1;
      total += loss + options.beta * correction * (Math.exp(difference) - difference - 1);
    });
    rowTotals.push(total);
    rowTokens.push(tokens);
  });
  const bonus = options.entropyBonus ? (plain.entropyCoefficient * bonusSum) / Math.max(bonusTokens, 1) : 0;
  return aggregate(rowTotals, rowTokens, plain, options) - bonus / plain.gradientAccumulation;
}

function tokenLoss(
  ratio: number,
  frozenRatio: number,
  logProbability: number,
  advantage: number,
  options: PolicyLossOptions,
): number {
  switch (options.lossType) {
    case "cispo":
      return -Math.min(frozenRatio, options.epsilonHigh) * advantage * logProbability;
    case "vespo":
      return -advantage * logProbability;
    case "sapo": {
      const temperature = advantage > 0 ? options.sapoTemperaturePos : options.sapoTemperatureNeg;
      return (-4 / temperature / (1 + Math.exp(-temperature * (ratio - 1)))) * advantage;
    }
    default: {
      const clipped = limit(ratio, 1 - options.epsilon, 1 + options.epsilonHigh);
      const capped = options.delta === null ? ratio : Math.min(ratio, options.delta);
      return -Math.min(capped * advantage, clipped * advantage);
    }
  }
}

function phi(
  plain: PlainCase,
  options: PolicyLossOptions,
  i: number,
  frozen: readonly (readonly number[])[],
  oldOf: (t: number) => number,
): number {
  const row = plain.mask[i] as number[];
  const own = sum(row.map((m, t) => m * limit(at(frozen, i, t) - oldOf(t), -20, 20)));
  const sampled =
    plain.importance === null ? 0 : sum(row.map((m, t) => m * Math.log(at(plain.importance as number[][], i, t))));
  const log = limit(own + sampled, Math.log(1e-8), 20);
  const positive = (plain.advantages[i] as number) >= 0;
  const [k, lambda] = positive
    ? [options.vespoKPos, options.vespoLambdaPos]
    : [options.vespoKNeg, options.vespoLambdaNeg];
  return Math.exp(lambda + k * log - lambda * Math.exp(log));
}

function aggregate(
  rowTotals: readonly number[],
  rowTokens: readonly number[],
  plain: PlainCase,
  options: PolicyLossOptions,
): number {
  const { gradientAccumulation, stepsPerGeneration, itemsInBatch } = plain;
  const rows = rowTotals.length;
  switch (options.lossType) {
    case "grpo":
    case "sapo":
      return (
        sum(rowTotals.map((total, i) => total / Math.max(rowTokens[i] as number, 1))) / rows / gradientAccumulation
      );
    case "bnpo":
      return sum(rowTotals) / Math.max(sum(rowTokens), 1) / gradientAccumulation;
    case "dr_grpo":
      return sum(rowTotals) / (rows * options.maxCompletionLength) / gradientAccumulation;
    case "luspo":
      return sum(rowTotals) / rows / gradientAccumulation;
    default:
      return sum(rowTotals) / ((itemsInBatch * gradientAccumulation) / stepsPerGeneration);
  }
}

function entropyQuantile({ entropies, mask }: PlainCase, quantile: number): number {
  const counted = entropies
    .flat()
    .filter((_, index) => mask.flat()[index] === 1)
    .sort((a, b) => a - b);
  const position = quantile * (counted.length - 1);
  const [low, high] = [counted[Math.floor(position)] ?? 0, counted[Math.ceil(position)] ?? 0];
  return low + (high - low) * (position - Math.floor(position));
}

/** The gradient with respect to each log-probability. */
export function plainGradient(plain: PlainCase, options: PolicyLossOptions): number[][] {
  const step = 1e-6;
  return plain.logProbabilities.map((row, i) =>
    row.map((_, t) => {
      const moved = (by: number) => {
        const logProbabilities = plain.logProbabilities.map((values) => [...values]);
        (logProbabilities[i] as number[])[t] = at(logProbabilities, i, t) + by;
        return plainLoss({ ...plain, logProbabilities }, options, plain.logProbabilities);
      };
      return (moved(step) - moved(-step)) / (2 * step);
    }),
  );
}
