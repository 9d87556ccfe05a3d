/** Everything that a run may ask of a policy, on the device and on the CPU: families, sampling, losses, passes. */
import {
  loadPolicy,
  type Device,
  type FinishedRow,
  type GRPOConfigInput,
  type GenerateRequest,
  type Policy,
  type TokenRow,
} from "@pavlov/trainer";
import type { Check } from "./parity.js";
import { lossOf } from "./work.js";

/** Sizes and kinds of tiny models, by the names that features give. */
export const featureModels: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  llama: { tie_word_embeddings: false },
  gemma3: {
    model_type: "gemma3_text",
    hidden_activation: "gelu_pytorch_tanh",
    sliding_window: 4,
    layer_types: ["sliding_attention", "full_attention"],
    query_pre_attn_scalar: 8,
    rope_local_base_freq: 10_000,
    rope_theta: 1_000_000,
  },
  qwen3: { model_type: "qwen3" },
  qwen2: { model_type: "qwen2", vocab_size: 1200 },
  // Of sizes for which a GPU has its fast products of 8 bits.
  wide: { hidden_size: 128, intermediate_size: 256 },
};

interface Feature {
  readonly name: string;
  readonly model: keyof typeof featureModels;
  readonly load?: { readonly pass?: "whole" | "layered"; readonly gradientCheckpointing?: boolean };
  /** What it gives; `given` are the CPU's completions, so that both train on the same. */
  readonly run: (policy: Policy, given: readonly FinishedRow[]) => Promise<unknown>;
}

const prompts = [[3, 4, 5, 6, 7, 8], [9], [10, 11, 12]];
const update = { learningRate: 1e-2, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, maxGradNorm: 1 };

const sample = async (policy: Policy, more: Partial<GenerateRequest> = {}): Promise<FinishedRow[]> => {
  const rows: FinishedRow[] = [];
  const usual = { prompts, numGenerations: 2, maxCompletionLength: 7, sampling: {}, seed: 3, step: 0 };
  await policy.generate({ ...usual, ...more }, (finished) => rows.push(...finished));
  return rows.toSorted((a, b) => a.row - b.row);
};

const sampling = (name: string, more: Partial<GenerateRequest>): Feature => ({
  name,
  model: "llama",
  run: async (policy) =>
    (await sample(policy, more)).map(({ tokenIds, logProbabilities }) => [tokenIds, logProbabilities]),
});

const rowsOf = (completions: readonly FinishedRow[], more: Partial<TokenRow> = {}): TokenRow[] =>
  completions.map(({ row, tokenIds, logProbabilities }) => ({
    promptIds: prompts[Math.floor(row / 2)] as readonly number[],
    completionIds: tokenIds,
    advantage: row % 2 === 0 ? 1.1 : -0.7,
    oldLogProbabilities: logProbabilities,
    ...more,
  }));

/** One step; with a KL term the reference says a little less of every token. */
const training =
  (config: GRPOConfigInput, more: Partial<TokenRow> = {}): Feature["run"] =>
  async (policy, given) => {
    const rows = rowsOf(given, more).map((row, index) => ({
      ...row,
      ...(config.beta ? { referenceLogProbabilities: given[index]?.logProbabilities.map((x) => x - 0.1) ?? [] } : {}),
    }));
    const { loss, metrics, skippedRows } = await policy.accumulate({ rows, loss: lossOf(config, rows) });
    return [loss, metrics, skippedRows, (await policy.update(update)).gradNorm, (await sample(policy)).length];
  };

const microBatches: Feature["run"] = async (policy, given) => {
  const rows = rowsOf(given);
  const loss = lossOf({}, rows, 2);
  const parts = [rows.slice(0, 3), rows.slice(3)];
  const losses = [];
  for (const part of parts) losses.push((await policy.accumulate({ rows: part, loss })).loss);
  return [losses, (await policy.update(update)).gradNorm];
};

const passes = ["whole", "layered"] as const;

const configs: readonly GRPOConfigInput[] = [
  ...(["grpo", "bnpo", "dr_grpo", "cispo", "sapo", "vespo", "luspo"] as const).map((lossType) => ({ lossType })),
  { importanceSamplingLevel: "sequence" },
  { topEntropyQuantile: 0.5 },
  { beta: 0.1 },
];

const features: readonly Feature[] = [
  sampling("filters and a repetition penalty", {
    sampling: { topK: 5, topP: 0.9, temperature: 0.8, repetitionPenalty: 1.2 },
  }),
  sampling("the most likely tokens", { sampling: { temperature: 0 } }),
  sampling("a shortest length", { minCompletionLength: 5 }),
  sampling("rows that wait", { maxRows: 2 }),
  sampling("a cache that grows", { maxCompletionLength: 70, minCompletionLength: 70 }),
  ...(["gemma3", "qwen3", "qwen2"] as const).flatMap((model) =>
    passes.map((pass) => ({ name: `${model}, ${pass} pass`, model, load: { pass }, run: training({}) })),
  ),
  { name: "checkpointing", model: "llama", load: { pass: "layered", gradientCheckpointing: true }, run: training({}) },
  ...passes.map((pass): Feature => ({
    name: `micro-batches, ${pass} pass`,
    model: "llama",
    load: { pass },
    run: microBatches,
  })),
  { name: "no advantage", model: "llama", run: training({}, { advantage: 0 }) },
  {
    name: "evaluation",
    model: "llama",
    run: async (policy, given) => {
      const rows = rowsOf(given);
      const { loss, metrics } = await policy.accumulate({ rows, loss: lossOf({}, rows), evaluate: true });
      return [loss, metrics];
    },
  },
  {
    name: "demonstrations",
    model: "llama",
    run: async (policy, given) => {
      const { loss, metrics } = await policy.accumulate({
        rows: rowsOf(given),
        loss: { kind: "sft", itemsInBatch: 20 },
      });
      return [loss, metrics, (await policy.update(update)).gradNorm];
    },
  },
  ...configs.flatMap((config) =>
    passes.map((pass): Feature => ({
      name: `${Object.entries(config).join().replaceAll(",", " ")}, ${pass} pass`,
      model: "llama",
      load: { pass },
      run: training(config),
    })),
  ),
];

/** Mean distance in nats of what completions in 8 bits say of their tokens from what the training pass does. */
const driftIn8Bits = async (policy: Policy): Promise<number> => {
  const numGenerations = 16;
  const completions = await sample(policy, { numGenerations, rollout: { precision: "int8" } });
  const rows = completions.map(({ row, tokenIds }) => ({
    promptIds: prompts[Math.floor(row / numGenerations)] as readonly number[],
    completionIds: tokenIds,
    advantage: 0,
  }));
  const exact = await policy.logProbabilities({ rows, which: "policy", temperature: 1 });
  const distances = completions.flatMap(({ logProbabilities }, row) =>
    logProbabilities.map((value, token) => Math.abs(value - (exact[row]?.[token] ?? NaN))),
  );
  return distances.reduce((sum, distance) => sum + distance) / distances.length;
};

/** Devices may quantise activations or leave them as they are, so that only the drift can be compared. */
async function compare8Bits(device: Device, folder: string): Promise<Check> {
  const drifts: number[] = [];
  for (const on of ["cpu", device] as const) {
    const policy = await loadPolicy({ model: folder, engine: { device: on }, reference: false });
    drifts.push(await driftIn8Bits(policy).finally(() => policy.dispose()));
  }
  const [cpu, other] = drifts as [number, number];
  return {
    name: "completions in 8 bits",
    passed: other < 1.5 * cpu,
    detail: `${other.toExponential(1)} nats off the training pass, on the CPU ${cpu.toExponential(1)}`,
  };
}

/** All numbers in a value, in their order. */
const numbersOf = (value: unknown): number[] => {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersOf) : [];
};

/** Runs every feature on both; `modelOf` gives the folder of one of {@link featureModels}. */
export async function compareFeatures(
  device: Device,
  modelOf: (name: string) => Promise<string>,
  note: (check: Check) => void,
): Promise<void> {
  for (const { name, model, load = {}, run } of features) {
    const folder = await modelOf(model);
    const open = (on: Device) => loadPolicy({ model: folder, engine: { device: on }, reference: false, ...load });
    const [cpu, other] = [await open("cpu"), await open(device)];
    try {
      const given = await sample(cpu);
      const [expected, actual] = [numbersOf(await run(cpu, given)), numbersOf(await run(other, given))];
      const distances = expected.map(
        (value, index) => Math.abs(value - (actual[index] ?? NaN)) / (Math.abs(value) + 0.01),
      );
      const worst = expected.length === actual.length ? Math.max(...distances) : Number.POSITIVE_INFINITY;
      const detail = `${expected.length} numbers, largest difference ${worst.toExponential(1)}`;
      note({ name, passed: worst < 1e-3, detail });
    } catch (error) {
      note({ name, passed: false, detail: error instanceof Error ? error.message : String(error) });
    } finally {
      cpu.dispose();
      other.dispose();
    }
  }
  if (device === "webgpu") note(await compare8Bits(device, await modelOf("wide")));
}
