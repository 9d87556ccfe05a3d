import { PavlovError } from "@pavlov/core";
import { afterEach, expect, test, vi } from "vitest";
import { parseModelConfig } from "../model/families/index.js";
import { availableMemory, memoryFacts } from "./memory-available.js";
import { checkMemory } from "./memory-check.js";
import { estimateMemory, totalOf, type MemorySetup } from "./memory-estimate.js";
import { memorySavings } from "./memory-savings.js";

const GIGABYTE = 2 ** 30;

const sampled = { rows: 32, prompts: 4, evaluationRows: 0 } as const;

const setup: MemorySetup = {
  config: parseModelConfig(
    {
      model_type: "llama",
      vocab_size: 32_000,
      hidden_size: 1024,
      num_hidden_layers: 16,
      num_attention_heads: 16,
      intermediate_size: 4096,
      hidden_act: "silu",
      rms_norm_eps: 1e-5,
      max_position_embeddings: 4096,
      tie_word_embeddings: false,
      eos_token_id: 2,
    },
    "config.json",
  ),
  adapter: null,
  reference: true,
  gradientCheckpointing: false,
  pass: "auto",
  microBatchSize: 16,
  gradientAccumulationSteps: 2,
  promptTokens: 256,
  maxCompletionLength: 512,
  sampled,
};
const needed = totalOf(estimateMemory(setup));
const machine = (bytes: number) => ({ bytes, limit: "machine" }) as const;

afterEach(() => vi.unstubAllEnvs());

test("a run that fits is reported by parts", () => {
  const report = checkMemory(setup, machine(needed), false);
  expect(report).toMatchObject({ needed, available: needed, limit: "machine" });
  expect(Object.values(report.parts).reduce((sum, bytes) => sum + bytes, 0)).toBe(needed);
});

test("a run that does not fit is refused with what is needed, what there is, and the largest saving first", () => {
  const failure = (() => {
    try {
      return checkMemory(setup, { bytes: 9.5 * GIGABYTE, limit: "container" }, false);
    } catch (error) {
      return error;
    }
  })();
  expect(PavlovError.isInstance(failure)).toBe(true);
  const { message, hint } = failure as PavlovError;
  expect(message).toMatch(/^Training needs about \d+\.\d+ GB of memory, and the container allows 9\.50 GB\.$/);
  const saved = [...(hint ?? "").matchAll(/saves (\d+\.\d+) GB/g)].map(([, amount]) => Number(amount));
  expect(saved.length).toBeGreaterThan(2);
  expect(saved).toEqual(saved.toSorted((a, b) => b - a));
  expect(hint).toContain("PAVLOV_IGNORE_MEMORY=1 goes on anyway");
});

test("each saving is what the estimate says of the changed options", () => {
  const savings = memorySavings(setup, needed / 2);
  const of = (change: string) => savings.find((saving) => saving.change.startsWith(change));
  const bytesOf = (changes: Partial<MemorySetup>) => needed - totalOf(estimateMemory({ ...setup, ...changes }));
  expect(of("gradientCheckpointing: true")?.bytes).toBe(bytesOf({ gradientCheckpointing: true }));
  expect(of("maxCompletionLength: 256")?.bytes).toBe(bytesOf({ maxCompletionLength: 256 }));
  expect(of("beta: 0")?.bytes).toBe(bytesOf({ reference: false }));
  expect(of("lora: { rank: 16 }")?.bytes).toBeGreaterThan(bytesOf({ reference: false }));
});

test("of smaller micro-batches the largest that fits is named, with the same completions in a step", () => {
  const withRows = (microBatchSize: number) => totalOf(estimateMemory({ ...setup, microBatchSize }));
  const named = (available: number) =>
    memorySavings(setup, available).find(({ change }) => change.startsWith("perDevice"))?.change;
  expect(named(withRows(8))).toBe("perDeviceTrainBatchSize: 8 with gradientAccumulationSteps: 4");
  expect(named(withRows(2))).toBe("perDeviceTrainBatchSize: 2 with gradientAccumulationSteps: 16");
  expect(named(0)).toBe("perDeviceTrainBatchSize: 1 with gradientAccumulationSteps: 32");
});

test("options that are set already are not proposed", () => {
  const spared = { gradientCheckpointing: true, reference: false, microBatchSize: 1 };
  const changes = memorySavings({ ...setup, ...spared, sampled: { ...sampled, rollout: { precision: "int8" } } }, 0);
  expect(changes.map(({ change }) => change.split(":")[0])).toEqual(["maxCompletionLength", "lora"]);
});

test("where completions are given, rows are made shorter and nothing is said of rollouts", () => {
  const changes = memorySavings({ ...setup, sampled: null }, 0).map(({ change }) => change);
  expect(changes).toContain("maxLength: 384");
  expect(changes.filter((change) => /rollout|maxCompletionLength/.test(change))).toEqual([]);
});

test("PAVLOV_IGNORE_MEMORY=1 goes on and still reports", () => {
  expect(() => checkMemory(setup, machine(GIGABYTE))).toThrow(/^Training needs about/);
  vi.stubEnv("PAVLOV_IGNORE_MEMORY", "1");
  expect(checkMemory(setup, machine(GIGABYTE))).toMatchObject({ needed, available: GIGABYTE });
});

test.each([
  ["what is free and held already", 0, { bytes: 5 * GIGABYTE, limit: "machine" }],
  ["no limit where a control group names an enormous one", 2 ** 64, { bytes: 5 * GIGABYTE, limit: "machine" }],
  ["a container's limit", 3 * GIGABYTE, { bytes: 3 * GIGABYTE, limit: "container" }],
  ["what the machine has where a container may have more", 6 * GIGABYTE, { bytes: 5 * GIGABYTE, limit: "machine" }],
])("available is %s", (_case, constrained, expected) => {
  const facts = { total: 8 * GIGABYTE, free: 4 * GIGABYTE, own: GIGABYTE, constrained };
  expect(availableMemory(facts)).toEqual(expected);
});

test("this machine has memory for this process", () => {
  const facts = memoryFacts(0);
  const { bytes } = availableMemory(facts);
  expect(bytes).toBeGreaterThan(facts.own / 2);
  expect(bytes).toBeLessThanOrEqual(facts.total);
});

test("what the run's other process holds is its own", () => {
  expect(memoryFacts(10 * GIGABYTE).own).toBeGreaterThan(10 * GIGABYTE);
});
