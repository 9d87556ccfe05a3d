import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "./config.js";
import { completionLogProbabilities } from "./log-probabilities.js";
import type { TinyModel } from "./tiny-model.test.fixture.js";
import { tinyModel } from "./tiny-model.test.fixture.js";

beforeAll(() => tf.setBackend("cpu"));

interface Row {
  readonly prompt: readonly number[];
  readonly completion: readonly number[];
}

/** Rows laid out as for training: prompts padded on the left to `promptTokens`, completions on the right. */
function layOut(rows: readonly Row[], promptTokens: number, completionTokens: number) {
  const tokens = promptTokens + completionTokens;
  const shape: [number, number] = [rows.length, tokens];
  const padded = rows.map(({ prompt, completion }) => {
    const left = promptTokens - prompt.length;
    const real = prompt.length + completion.length;
    const fill = <T>(at: (index: number) => T, pad: T) =>
      Array.from({ length: tokens }, (_, index) => (index < left || index >= left + real ? pad : at(index - left)));
    const ids = [...prompt, ...completion];
    return {
      ids: fill((index) => ids[index] as number, 0),
      positions: fill((index) => index, 0),
      mask: fill(() => 1, 0),
    };
  });
  return {
    ids: tf.tensor2d(
      padded.map((row) => row.ids),
      shape,
      "int32",
    ),
    positions: tf.tensor2d(
      padded.map((row) => row.positions),
      shape,
      "int32",
    ),
    keyMask: tf.tensor2d(
      padded.map((row) => row.mask),
      shape,
      "float32",
    ),
  };
}

function tensorsOf(model: TinyModel): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(model.parameters).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
  );
}

function evaluate(model: TinyModel, rows: readonly Row[], promptTokens: number, completionTokens: number) {
  return tf.tidy(() => {
    const { logProbabilities, entropies } = completionLogProbabilities(
      model.config,
      tensorsOf(model),
      layOut(rows, promptTokens, completionTokens),
      { completionTokens, temperature: 0.9 },
    );
    return {
      logProbabilities: logProbabilities.arraySync() as number[][],
      entropies: entropies.arraySync() as number[][],
    };
  });
}

const rows: readonly Row[] = [
  { prompt: [3, 4, 5, 6], completion: [7, 8, 9] },
  { prompt: [10], completion: [11, 12, 13, 14] },
  { prompt: [5, 5], completion: [15] },
];

const models: readonly [string, JsonObject][] = [
  ["full attention", {}],
  ["sliding windows", { model_type: "mistral", sliding_window: 3 }],
  [
    "normalised heads, two rotary bases",
    { model_type: "gemma3_text", head_dim: 8, sliding_window: 3, query_pre_attn_scalar: 8 },
  ],
];

describe.each(models)("log-probabilities with %s", (_, changes) => {
  const model = tinyModel(changes);

  test("do not depend on padding or on the rows beside", () => {
    const together = evaluate(model, rows, 7, 6);
    rows.forEach((row, index) => {
      const alone = evaluate(model, [row], row.prompt.length, row.completion.length);
      row.completion.forEach((_token, token) => {
        expect(together.logProbabilities[index]?.[token]).toBeCloseTo(alone.logProbabilities[0]?.[token] as number, 5);
        expect(together.entropies[index]?.[token]).toBeCloseTo(alone.entropies[0]?.[token] as number, 5);
      });
    });
  });

  test("are finite at padding, where no key can be seen", () => {
    const { logProbabilities, entropies } = evaluate(model, rows, 7, 6);
    expect([...logProbabilities, ...entropies].flat().every(Number.isFinite)).toBe(true);
  });

  test("do not depend on later tokens", () => {
    const changed = rows.map((row) => ({ ...row, completion: [...row.completion.slice(0, -1), 1] }));
    const before = evaluate(model, rows, 4, 4).logProbabilities;
    const after = evaluate(model, changed, 4, 4).logProbabilities;
    rows.forEach(({ completion }, row) => {
      const same = completion.length - 1;
      expect(after[row]?.slice(0, same)).toEqual(before[row]?.slice(0, same));
      expect(after[row]?.[same]).not.toBe(before[row]?.[same]);
    });
  });

  test("have gradients that agree with finite differences, in every weight", () => {
    const inputs = layOut(rows, 4, 4);
    const mask = tf.tensor2d(
      rows.map(({ completion }) => [0, 1, 2, 3].map((index) => Number(index < completion.length))),
    );
    const names = Object.keys(model.parameters);
    const loss = (...weights: Tensor[]) => {
      const parameters = Object.fromEntries(names.map((name, index) => [name, weights[index] as Tensor]));
      const { logProbabilities, entropies } = completionLogProbabilities(model.config, parameters, inputs, {
        completionTokens: 4,
        temperature: 0.9,
        differentiableEntropy: true,
      });
      const mixed = tf.add(logProbabilities, tf.mul(entropies, 0.3));
      return tf.sum(tf.where(tf.cast(mask, "bool"), mixed, tf.zerosLike(mixed))).asScalar();
    };
    const weights = Object.values(tensorsOf(model));
    const gradients = tf.grads(loss)(weights);
    for (const [index, gradient] of gradients.entries()) {
      // Along the gradient itself the loss must change by its norm: one difference checks the whole weight.
      const values = gradient.dataSync();
      const norm = Math.hypot(...values);
      expect(Number.isFinite(norm), names[index]).toBe(true);
      const moved = (step: number) =>
        tf.tidy(() => {
          const weight = tf.add(weights[index] as Tensor, tf.mul(gradient, step / Math.max(norm, 1e-9)));
          return loss(...weights.map((other, place) => (place === index ? weight : other))).dataSync()[0] as number;
        });
      const step = 4e-3;
      const difference = (moved(step) - moved(-step)) / (2 * step);
      expect(Math.abs(difference - norm) / Math.max(norm, 0.05), `${names[index]} ${difference} ${norm}`).toBeLessThan(
        0.02,
      );
    }
  });
});
