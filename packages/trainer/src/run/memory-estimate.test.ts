import { expect, test } from "vitest";
import { parseModelConfig } from "../model/families/index.js";
import type { ModelConfig } from "../model/config.js";
import type { RolloutOptions } from "../rollout/decode-kind.js";
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
  promptTokens: 96,
  maxCompletionLength: 64,
  sampled: { rows: 8, prompts: 1, evaluationRows: 0 },
};

const total = (changes: Partial<MemorySetup>): number => totalOf(estimateMemory({ ...setup, ...changes }));

test("training all weights of a model needs them, their gradients and two moments", () => {
  const { weights, gradients, moments, reference, adapter } = estimateMemory(setup);
  expect(weights).toBe(4 * 134_515_008);
  expect(gradients).toBeGreaterThan(weights);
  expect(moments).toBe(2 * weights);
  expect([reference, adapter]).toEqual([0, 0]);
});

const rows = (prompts: number, rollout: RolloutOptions = {}) => ({
  microBatchSize: 8 * prompts,
  sampled: { rows: 8 * prompts, prompts, evaluationRows: 0, rollout },
});

test.each([
  ["8 completions", 3.49, rows(1)],
  ["8 completions, weights not copied", 2.97, rows(1, { weights: "inputs" })],
  ["8 completions, sampled in 8 bits", 3.07, rows(1, { precision: "int8" })],
  ["4 × 8 completions in one micro-batch", 4.46, rows(4)],
  ["4 × 8 completions, sampled in 8 bits", 4.37, rows(4, { precision: "int8" })],
])("the sum is within a quarter of what was measured: %s", (_case, measured, changes) => {
  expect(total(changes) / 2 ** 30 / measured).toBeGreaterThan(0.75);
  expect(total(changes) / 2 ** 30 / measured).toBeLessThan(1.25);
});

test.each([
  ["all kept", 5.47, false],
  ["checkpointing", 2.79, true],
])("a pass over 4 long completions, %s, is within a tenth of what was measured", (_case, measured, checkpointing) => {
  const long = {
    microBatchSize: 4,
    promptTokens: 1024,
    maxCompletionLength: 1024,
    gradientCheckpointing: checkpointing,
  };
  const { moments: _, ...parts } = estimateMemory({ ...setup, ...long, sampled: null });
  // Four rows of one prompt: what is measured has a prompt once.
  const { activations } = estimateMemory({ ...setup, ...long });
  const passOnly = totalOf({ ...parts, activations, moments: 0 }) / 2 ** 30;
  expect(passOnly / measured).toBeGreaterThan(0.9);
  expect(passOnly / measured).toBeLessThan(1.1);
});

test("gradients take what copies of the weights gave back, but those of an adapter are too few", () => {
  const copies = (changes: Partial<MemorySetup>): number =>
    total({ ...changes, ...rows(1, { weights: "constants" }) }) -
    total({ ...changes, ...rows(1, { weights: "inputs" }) });
  const adapter = adapterSize(config, { rank: 16, targetModules: "all-linear" });
  expect(copies({}) / copies({ adapter })).toBeCloseTo(0.5, 1);
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
  const { sampled } = rows(1, { weights: "inputs" });
  const parts = estimateMemory({ ...setup, sampled, adapter: size });
  expect(parts.moments).toBe(8 * size.parameters);
  expect(parts.rollout - estimateMemory({ ...setup, sampled }).rollout).toBe(4 * size.adapted);
});

test("rows, lengths and kept activations cost memory where they are", () => {
  const { activations, rollout, scores } = estimateMemory(setup);
  expect(estimateMemory({ ...setup, microBatchSize: 4 }).activations).toBeLessThan(0.7 * activations);
  expect(estimateMemory({ ...setup, microBatchSize: 4 }).rollout).toBe(rollout);
  const sampling = (prompts: number) => {
    const sampled = { rows: 8 * prompts, prompts, evaluationRows: 0, rollout: { weights: "inputs" as const } };
    return estimateMemory({ ...setup, sampled }).rollout;
  };
  expect(sampling(8)).toBeCloseTo(8 * sampling(1), -6);
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

test("a micro-batch may have a row of each prompt of its shuffled generation batch", () => {
  const [one, four, sixteen] = [1, 4, 16].map((prompts) => {
    return estimateMemory({ ...setup, sampled: { rows: 8 * prompts, prompts, evaluationRows: 0 } }).activations;
  }) as [number, number, number];
  expect(four).toBeGreaterThan(one);
  expect(sixteen).toBeGreaterThan(four);
  // Eight rows have no more than eight prompts, as many as where each row is a demonstration.
  expect(sixteen).toBe(estimateMemory({ ...setup, sampled: null }).activations);
});

test("sampling costs the copies of weights that its program holds, and nothing where completions are given", () => {
  const copying = (options: RolloutOptions) => {
    const sampled = { rows: 8, prompts: 1, evaluationRows: 0, rollout: options };
    return estimateMemory({ ...setup, sampled }).rollout;
  };
  const of = (options: RolloutOptions) => copying(options) - copying({ precision: "float32", weights: "inputs" });
  expect(of({})).toBe(of({ weights: "constants" }));
  expect(of({ precision: "int8" })).toBeGreaterThan(134_515_008);
  expect(of({ weights: "constants" })).toBeGreaterThan(1.5 * of({ precision: "int8" }));
  expect(estimateMemory({ ...setup, sampled: null }).rollout).toBe(0);
});

test("evaluations sample in float32, also beside rollouts in 8 bits", () => {
  const of = (evaluationRows: number, maxCompletionLength: number) => {
    const sampled = { rows: 8, prompts: 1, evaluationRows, rollout: { precision: "int8" } } as const;
    return estimateMemory({ ...setup, maxCompletionLength, sampled }).rollout;
  };
  expect(of(8, 16)).toBe(of(0, 16));
  // Long enough for packed float32 weights.
  expect(of(8, 256)).toBeGreaterThan(of(0, 256) + 134_515_008);
});
