import { expect, test } from "vitest";
import { parseModelConfig } from "./families/index.js";
import { initialize } from "./initialize.js";
import { parameterCount, parameterShapes } from "./parameters.js";
import { tinyConfigJson } from "./tiny-model.test.fixture.js";

const config = parseModelConfig(tinyConfigJson({ vocab_size: 500, attention_bias: true, initializer_range: 0.02 }));

test("the same seed gives the same weights, another one others", () => {
  const data = (seed: number) => initialize(config, seed)["model.layers.1.mlp.up_proj.weight"]?.data;
  expect(data(3)).toEqual(data(3));
  expect(data(4)).not.toEqual(data(3));
});

test("weights are normal with the config's deviation, norms one, biases zero", () => {
  const parameters = initialize(config, 1);
  const data = parameters["model.embed_tokens.weight"]?.data ?? new Float32Array();
  const deviation = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
  const beyondTwo = data.filter((value) => Math.abs(value) > 2 * 0.02).length / data.length;
  expect(deviation).toBeCloseTo(0.02, 3);
  expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(0.01);
  expect(parameters["model.norm.weight"]?.data).toEqual(new Float32Array(16).fill(1));
  expect(parameters["model.layers.0.self_attn.q_proj.bias"]?.data).toEqual(new Float32Array(16));
});

test("projections into the residual stream can start smaller", () => {
  const of = (scaleResidual: boolean) =>
    initialize(config, 1, { scaleResidual })["model.layers.0.mlp.down_proj.weight"]?.data[0];
  expect((of(true) as number) / (of(false) as number)).toBeCloseTo(0.5, 5);
});

test("every weight of the model is there, tied heads once", () => {
  const tied = parseModelConfig(tinyConfigJson({ tie_word_embeddings: true }));
  expect(Object.keys(initialize(tied, 1))).toEqual(Object.keys(parameterShapes(tied)));
  expect(parameterShapes(tied)).not.toHaveProperty("lm_head.weight");
  expect(parameterCount(parseModelConfig(tinyConfigJson())) - parameterCount(tied)).toBe(23 * 16);
});
