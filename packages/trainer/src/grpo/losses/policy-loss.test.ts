import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { CASE, IMPORTANCE, OPTIONS, tensors } from "./loss-case.test.fixture.js";
import { plainGradient, plainLoss, type PlainCase } from "./plain-loss.test.fixture.js";
import { policyLoss } from "./policy-loss.js";
import { IMPORTANCE_SAMPLING_LEVELS, LOSS_TYPES, type PolicyLossInputs, type PolicyLossOptions } from "./types.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

function evaluate(inputs: PolicyLossInputs, options: PolicyLossOptions) {
  let metrics: Record<string, number> = {};
  const { value, grad } = tf.valueAndGrad((logProbabilities: tf.Tensor) => {
    const result = policyLoss({ ...inputs, logProbabilities }, options);
    const entries = Object.entries(result.metrics).map(([name, tensor]) => [name, tensor.dataSync()[0] as number]);
    metrics = Object.fromEntries(entries) as Record<string, number>;
    return result.loss;
  })(inputs.logProbabilities);
  return { loss: value.dataSync()[0] as number, gradient: Array.from(grad.dataSync()), metrics };
}

function expectPlain(plain: PlainCase, options: PolicyLossOptions): void {
  const { loss, gradient } = evaluate(tensors(plain), options);
  expect(loss).toBeCloseTo(plainLoss(plain, options), 6);
  const expected = plainGradient(plain, options).flat();
  gradient.forEach((value, index) => expect(value).toBeCloseTo(expected[index] as number, 6));
}

describe.each(LOSS_TYPES)("the %s loss and its gradient equal the plain formula", (lossType) => {
  test.each(IMPORTANCE_SAMPLING_LEVELS)("at %s level", (importanceSamplingLevel) => {
    expectPlain(CASE, { ...OPTIONS, lossType, importanceSamplingLevel });
  });

  test("without old log-probabilities, where the ratio is 1", () => {
    expectPlain({ ...CASE, old: null }, { ...OPTIONS, lossType });
  });

  test("with KL, entropy bonus and importance correction", () => {
    const plain = { ...CASE, importance: IMPORTANCE };
    expectPlain(plain, { ...OPTIONS, lossType, beta: 0.07, entropyBonus: true });
  });

  test("with the entropy and off-policy masks", () => {
    expectPlain(CASE, {
      ...OPTIONS,
      lossType,
      topEntropyQuantile: 0.5,
      offPolicyMaskThreshold: -0.1,
      entropyBonus: true,
    });
  });
});

test("delta bounds the loss of an improbable completion that became likely", () => {
  expectPlain(CASE, { ...OPTIONS, delta: 1.3 });
  const bad = { ...CASE, advantages: [-1, -1, -1] };
  expectPlain(bad, { ...OPTIONS, delta: 1.3 });
  expect(plainLoss(bad, { ...OPTIONS, delta: 1.3 })).toBeLessThan(plainLoss(bad, OPTIONS));
});

test("the KL term follows k3 without the bias correction too", () => {
  expectPlain(CASE, { ...OPTIONS, beta: 0.5, useBiasCorrectionKl: false });
});

test("clip ratios count tokens that the clipping silences", () => {
  // Ratios: e^0.2 e^-0.3 1 e^-0.6 | e^-0.3 e^0.4 | 1 e^0.5 e^0.4 with advantages 0.8, -1.2, 0.5.
  const { metrics } = evaluate(tensors(CASE), OPTIONS);
  expect(metrics["clip_ratio/low_mean"]).toBeCloseTo(1 / 9, 6);
  expect(metrics["clip_ratio/high_mean"]).toBeCloseTo(2 / 9, 6);
  expect(metrics["clip_ratio/region_mean"]).toBeCloseTo(3 / 9, 6);
  expect(metrics["clip_ratio/low_min"]).toBe(0);
  expect(metrics["clip_ratio/high_max"]).toBeCloseTo(2 / 3, 6);
});

test("the entropy and KL metrics are means over the tokens that count", () => {
  const { metrics } = evaluate(tensors(CASE), { ...OPTIONS, beta: 0.1, useBiasCorrectionKl: false });
  expect(metrics["entropy"]).toBeCloseTo((0.9 + 1.3 + 0.2 + 1.7 + 0.6 + 0.1 + 0.3 + 2.1 + 0.8) / 9, 6);
  const differences = [-0.1, 0.2, -0.2, 0.2, 0.2, -0.1, -0.1, -0.2, -0.1];
  const k3 = differences.map((d) => Math.exp(d) - d - 1);
  expect(metrics["kl"]).toBeCloseTo(k3.reduce((a, b) => a + b) / 9, 6);
});

test("the policy loss is logged before the bonus, with what the entropy controller needs", () => {
  const { metrics } = evaluate(tensors(CASE), { ...OPTIONS, lossType: "grpo", entropyBonus: true });
  expect(metrics["policy_loss"]).toBeCloseTo(2 * plainLoss(CASE, { ...OPTIONS, lossType: "grpo" }), 6);
  expect(metrics["count/entropy_sum"]).toBeCloseTo(8, 5);
  expect(metrics["count/entropy_tokens"]).toBe(9);
});

test("a completion without tokens changes no minimum or maximum, and a batch without tokens has none", () => {
  const masked = { ...CASE, mask: [CASE.mask[0] as number[], [0, 0, 0, 0], CASE.mask[2] as number[]] };
  const { metrics, loss } = evaluate(tensors(masked), { ...OPTIONS, lossType: "grpo" });
  expect(metrics["clip_ratio/high_max"]).toBeCloseTo(2 / 3, 6);
  expect(loss).toBeCloseTo(plainLoss(masked, { ...OPTIONS, lossType: "grpo" }), 6);
  const nothing = evaluate(tensors({ ...CASE, mask: CASE.mask.map((row) => row.map(() => 0)) }), OPTIONS);
  expect(nothing.loss).toBeCloseTo(0, 10);
  expect(nothing.gradient.every((value) => value === 0)).toBe(true);
  expect(nothing.metrics["clip_ratio/high_max"]).toBeNaN();
});

test("values of tokens that do not count never reach the loss", () => {
  const inputs = tensors(CASE);
  const garbage = tf.tensor2d(CASE.mask.map((row) => row.map((m) => (1 - m) * 200)));
  const spoiled = { ...inputs, oldLogProbabilities: tf.sub(inputs.oldLogProbabilities as tf.Tensor, garbage) };
  const options = { ...OPTIONS, beta: 0.1 };
  expect(evaluate(spoiled, options)).toEqual(evaluate(inputs, options));
});

describe.each(LOSS_TYPES)("a micro-batch of %s in parts", (lossType) => {
  test.each(IMPORTANCE_SAMPLING_LEVELS)("adds up to the whole at %s level, padding rows included", (level) => {
    const options = { ...OPTIONS, lossType, importanceSamplingLevel: level, entropyBonus: true, beta: 0.04 };
    const whole = evaluate(tensors(CASE), options);
    const part = (rows: number[]) => {
      const pick = <T>(values: readonly T[]) => rows.map((row) => values[Math.max(row, 0)] as T);
      const cut: PlainCase = {
        ...CASE,
        logProbabilities: pick(CASE.logProbabilities),
        old: pick(CASE.old as number[][]),
        reference: pick(CASE.reference),
        sampling: pick(CASE.sampling),
        entropies: pick(CASE.entropies),
        advantages: pick(CASE.advantages),
        mask: rows.map((row) => (row < 0 ? [0, 0, 0, 0] : (CASE.mask[row] as number[]))),
      };
      return evaluate(
        {
          ...tensors(cut),
          rowMask: tf.tensor1d(rows.map((row) => (row < 0 ? 0 : 1))),
          rowsInBatch: tf.scalar(3),
          tokensInBatch: tf.scalar(9),
        },
        options,
      );
    };
    const parts = [part([0, -1]), part([1, 2])];
    const loss = parts.reduce((total, { loss: value }) => total + value, 0);
    expect(loss).toBeCloseTo(whole.loss, 6);
  });
});

test("an input that an option needs is asked for by name", () => {
  const { referenceLogProbabilities: _, ...inputs } = tensors(CASE);
  expect(() => policyLoss(inputs, { ...OPTIONS, beta: 0.1 })).toThrow("referenceLogProbabilities");
});
