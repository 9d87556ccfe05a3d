import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, test } from "vitest";
import { chooseFiltered, chooseInGraph, inverseCumulative, resolveSampling, samplingMode } from "./sampler.js";
import { uniform } from "./uniform.js";

beforeAll(() => tf.setBackend("cpu"));

const inGraph = (logits: number[][], temperature: number, uniforms: number[] | null) =>
  tf.tidy(() => {
    const { tokens, logProbabilities } = chooseInGraph(
      tf.tensor2d(logits),
      tf.tensor1d([temperature]),
      uniforms && tf.tensor1d(uniforms),
    );
    return { tokens: [...tokens.dataSync()], logProbabilities: [...logProbabilities.dataSync()] };
  });

describe("a sample in the graph", () => {
  test("is the smallest index whose cumulative probability exceeds the uniform number", () => {
    const row = [0.25, 0.25, 0.5].map(Math.log);
    const uniforms = [0, 0.2499, 0.2501, 0.4999, 0.5001, 0.999];
    expect(
      inGraph(
        uniforms.map(() => row),
        1,
        uniforms,
      ).tokens,
    ).toEqual([0, 0, 1, 1, 2, 2]);
  });

  test("never has the probability zero, at either end of the range", () => {
    const row = [-1e9, 0, -1e9, 1, -1e9];
    expect(inGraph([row, row], 1, [0, 1 - 2 ** -23]).tokens).toEqual([1, 3]);
  });

  test("carries the log-probability at the temperature", () => {
    const { logProbabilities } = inGraph([[1, 2, 3]], 2, [0]);
    const expected = 0.5 - Math.log(Math.exp(0.5) + Math.exp(1) + Math.exp(1.5));
    expect(logProbabilities[0]).toBeCloseTo(expected, 5);
  });

  test("is the first of the largest logits when greedy", () => {
    expect(inGraph([[0, 5, 5, 1]], 1, null).tokens).toEqual([1]);
  });

  test("follows the distribution", () => {
    const probabilities = [0.05, 0.6, 0.1, 0.25];
    const count = 4000;
    const uniforms = Array.from({ length: count }, (_, row) => uniform(5, 0, row, 0));
    const { tokens } = inGraph(
      uniforms.map(() => probabilities.map(Math.log)),
      1,
      uniforms,
    );
    const chiSquare = probabilities.reduce((sum, probability, token) => {
      const seen = tokens.filter((drawn) => drawn === token).length;
      return sum + (seen - probability * count) ** 2 / (probability * count);
    }, 0);
    // 0.1 % of fair samplers exceed this with three degrees of freedom.
    expect(chiSquare).toBeLessThan(16.3);
  });

  test("equals the one on fetched logits", () => {
    const rows = Array.from({ length: 50 }, (_, row) =>
      Array.from({ length: 9 }, (_unused, i) => 3 * uniform(1, row, i, 0)),
    );
    const uniforms = rows.map((_, row) => uniform(2, 0, row, 0));
    const graph = inGraph(rows, 0.7, uniforms);
    const fetched = rows.map((row, index) =>
      chooseFiltered(Float32Array.from(row), resolveSampling({ temperature: 0.7 }), [], uniforms[index] as number),
    );
    expect(fetched.map(({ token }) => token)).toEqual(graph.tokens);
    fetched.forEach(({ logProbability }, index) => {
      expect(logProbability).toBeCloseTo(graph.logProbabilities[index] as number, 5);
    });
  });
});

describe("a sample from filtered logits", () => {
  test("reports the log-probability before penalty and filters", () => {
    const sampling = resolveSampling({ temperature: 0.5, topK: 1, repetitionPenalty: 4 });
    const { token, logProbability } = chooseFiltered(Float32Array.of(1, 2, 1.5), sampling, [1], 0.5);
    expect(token).toBe(2);
    expect(logProbability).toBeCloseTo(3 - Math.log(Math.exp(2) + Math.exp(4) + Math.exp(3)), 6);
  });

  test("is greedy at temperature 0, after the penalty", () => {
    const sampling = resolveSampling({ temperature: 0, repetitionPenalty: 2 });
    expect(chooseFiltered(Float32Array.of(3, 2), sampling, [0], 0).token).toBe(1);
  });

  test("never takes a forbidden token", () => {
    const sampling = resolveSampling({});
    for (const u of [0, 0.5, 1 - 2 ** -23]) {
      expect(chooseFiltered(Float32Array.of(9, 0, 9), sampling, [], u, [0, 2]).token).toBe(1);
    }
  });

  test("fails loudly on logits that are not numbers", () => {
    expect(() => inverseCumulative(Float32Array.of(NaN, NaN), 0.5)).toThrow("not finite");
  });
});

describe("a sample from a large vocabulary, by blocks", () => {
  const vocabulary = 9000;
  const rows = [...Array(12).keys()].map((row) =>
    Array.from({ length: vocabulary }, (_, token) => 6 * Math.sin((row + 1.37) * (token + 1) * 1.618)),
  );
  const uniforms = rows.map((_, row) => uniform(3, 0, row, 0));

  test("equals the one on fetched logits", () => {
    const drawn = inGraph(rows, 1, uniforms);
    rows.forEach((row, index) => {
      const expected = chooseFiltered(Float32Array.from(row), resolveSampling({}), [], uniforms[index] as number);
      expect(drawn.tokens[index]).toBe(expected.token);
      expect(drawn.logProbabilities[index]).toBeCloseTo(expected.logProbability, 4);
    });
    expect(inGraph(rows, 1, null).tokens).toEqual(
      rows.map((row) => Float32Array.from(row).indexOf(Math.fround(Math.max(...row)))),
    );
  });

  test("never has the probability zero, at either end of the range and of a block", () => {
    const row = Array.from({ length: vocabulary }, (_, token) => ([255, 256, 8999].includes(token) ? 0 : -1e9));
    const nearOne = 1 - 2 ** -23;
    expect(inGraph([row, row, row, row], 1, [0, 1 / 3 + 1e-6, 2 / 3 + 1e-6, nearOne]).tokens).toEqual([
      255, 256, 8999, 8999,
    ]);
    const first = row.map((_, token) => (token === 3 ? 0 : -1e9));
    expect(inGraph([first, first], 1, [0, nearOne]).tokens).toEqual([3, 3]);
  });
});

describe("sampling options", () => {
  test("choose in the graph unless a filter is set", () => {
    expect(samplingMode(resolveSampling({}))).toBe("sample");
    expect(samplingMode(resolveSampling({ temperature: 0, topK: 5 }))).toBe("greedy");
    for (const options of [{ topK: 5 }, { topP: 0.9 }, { minP: 0.1 }, { repetitionPenalty: 1.1 }]) {
      expect(samplingMode(resolveSampling(options))).toBe("filter");
    }
  });

  test.each([
    [{ temperature: -1 }, "temperature is -1; it must be 0 (greedy) or more."],
    [{ topK: 1.5 }, "topK is 1.5"],
    [{ topP: 0 }, "topP is 0; it must be more than 0 and at most 1."],
    [{ minP: 2 }, "minP is 2"],
    [{ repetitionPenalty: 0 }, "repetitionPenalty is 0"],
    [{ temperature: Number.NaN }, "temperature is NaN"],
  ])("out of range are refused: %j", (options, message) => {
    expect(() => resolveSampling(options)).toThrow(message);
  });
});
