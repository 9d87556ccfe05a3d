import { expect, test } from "vitest";
import { parseModelConfig } from "../model/families/index.js";
import type { ModelConfig } from "../model/config.js";
import { adapterSize, estimateMemory, totalOf, type MemorySetup } from "./memory-estimate.js";

const MEGABYTE = 2 ** 20;

/** SmolLM2-135M's sizes. */
const config: ModelConfig = parseModelConfig(
  {
    model_type: "llama",
    vocab_size: 49_152,
    hidden_size: 576,
    num_hidden_layers: 30,
    num_attention_heads: 9,
    num_key_value_heads: 3,
    head_dim: 64,
    intermediate_size: 1536,
    hidden_act: "silu",
    rms_norm_eps: 1e-5,
    rope_theta: 100_000,
    max_position_embeddings: 8192,
    tie_word_embeddings: true,
    eos_token_id: 2,
  },
  "config.json",
);

const setup: MemorySetup = {
  config,
  adapter: null,
  reference: false,
  gradientCheckpointing: false,
  pass: "auto",
  microBatchSize: 8,
  gradientAccumulationSteps: 1,
  numGenerations: 8,
  generationRows: 8,
  promptTokens: 96,
  maxCompletionLength: 64,
};

const total = (changes: Partial<MemorySetup>): number => totalOf(estimateMemory({ ...setup, ...changes }));

test("training all weights of a model needs them, their gradients and two moments", () => {
  const { weights, gradients, moments, reference, adapter } = estimateMemory(setup);
  expect(weights).toBe(4 * 134_515_008);
  expect(gradients).toBeGreaterThan(weights);
  expect(moments).toBe(2 * weights);
  expect([reference, adapter]).toEqual([0, 0]);
});

test("the sum is within a quarter of what was measured", () => {
  expect(total({}) / (3143 * MEGABYTE)).toBeGreaterThan(0.75);
  expect(total({}) / (3143 * MEGABYTE)).toBeLessThan(1.25);
});

test("a reference costs a copy of the weights, but none beside an adapter", () => {
  const size = adapterSize(config, { rank: 16, targetModules: "all-linear" });
  expect(total({ reference: true }) - total({})).toBe(estimateMemory(setup).weights);
  expect(total({ reference: true, adapter: size })).toBe(total({ adapter: size }));
});

test("an adapter has gradients and moments of its own alone, and a merged copy of what it adapts", () => {
  const size = adapterSize(config, { rank: 16, targetModules: ["q_proj", "v_proj"] });
  // Rank 16 beside [576, 576] and [192, 576] in 30 layers.
  expect(size.parameters).toBe(30 * 16 * (576 + 576 + 192 + 576));
  expect(size.adapted).toBe(30 * (576 * 576 + 192 * 576));
  const parts = estimateMemory({ ...setup, adapter: size });
  expect(parts.moments).toBe(8 * size.parameters);
  expect(parts.rollout - estimateMemory(setup).rollout).toBe(4 * size.adapted);
});

test("rows, lengths and kept activations cost memory where they are", () => {
  const { activations, rollout, scores } = estimateMemory(setup);
  expect(estimateMemory({ ...setup, microBatchSize: 4 }).activations).toBeLessThan(0.7 * activations);
  expect(estimateMemory({ ...setup, microBatchSize: 4 }).rollout).toBe(rollout);
  expect(estimateMemory({ ...setup, generationRows: 64 }).rollout).toBeCloseTo(8 * rollout, -6);
  expect(estimateMemory({ ...setup, maxCompletionLength: 1024 }).activations).toBeGreaterThan(8 * activations);
  // The head runs over chunks: its scores stop growing.
  const long = estimateMemory({ ...setup, maxCompletionLength: 2048 });
  expect(long.scores).toBe(3 * 128 * MEGABYTE);
  expect(scores).toBeLessThan(long.scores);
  const spared = estimateMemory({ ...setup, gradientCheckpointing: true });
  expect(spared.activations).toBeLessThan(0.5 * activations);
});

test("the pass over the whole model keeps scores of all tokens and every layer's results", () => {
  const [whole, layered] = (["whole", "layered"] as const).map((pass) => estimateMemory({ ...setup, pass }));
  expect(whole?.activations).toBeGreaterThan(3 * (layered?.activations ?? 0));
  expect(whole?.scores).toBeGreaterThan(layered?.scores ?? 0);
});
