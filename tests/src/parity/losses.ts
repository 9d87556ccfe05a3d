/**
 * Losses and advantages against numbers that TRL computed in float64: the loss, its gradient for each token, every
 * metric, and every advantage, to 1e-6. Losses run twice: kernel by kernel on tfjs's `cpu` backend, and compiled by
 * ONNX Runtime.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  computeAdvantages,
  createOnnxRuntimeEngine,
  grpoConfigSchema,
  lossOptions,
  policyLoss,
  type Buffer,
  type Engine,
  type GRPOConfigInput,
  type PolicyLossInputs,
  type PolicyLossOptions,
  type Tensors,
} from "@pavlov/trainer";
import * as tf from "@tensorflow/tfjs";

export interface ParityCheck {
  readonly name: string;
  readonly passed: boolean;
  /** True where what it needs is not there: it counts neither as passed nor as failed. */
  readonly skipped?: true;
  readonly detail: string;
}

type Matrix = readonly (readonly number[])[];

interface LossCase {
  readonly config: Readonly<Record<string, unknown>>;
  readonly loss: number;
  readonly grad: Matrix;
  readonly metrics: Readonly<Record<string, number>>;
}

interface AdvantageCase {
  readonly rewards_per_func: (number | null)[][];
  readonly weights: number[];
  readonly G: number;
  readonly scale_rewards: "group" | "batch" | "none";
  readonly aggregation: "sum_then_normalize" | "normalize_then_sum";
  readonly rewards: (number | null)[];
  readonly std: number[];
  readonly advantages: number[];
  readonly is_std_zero: boolean[];
  readonly frac_reward_zero_std: number;
}

interface Golden {
  readonly inputs: {
    readonly new: Matrix;
    readonly old: Matrix;
    readonly ref: Matrix;
    readonly mask: Matrix;
    readonly entropies: Matrix;
    readonly advantages: readonly number[];
    readonly importance_sampling_ratio: Matrix;
    readonly sampling: Matrix;
  };
  readonly losses: Readonly<Record<string, LossCase>>;
  readonly advantages: Readonly<Record<string, AdvantageCase>>;
}

const TOLERANCE = 1e-6;
const MAX_COMPLETION_LENGTH = 8;

/** Checks everything in `trl-grpo.json` of the folder. */
export async function checkLosses(goldenFolder: string): Promise<ParityCheck[]> {
  const golden = JSON.parse(await readFile(join(goldenFolder, "trl-grpo.json"), "utf8")) as Golden;
  const checks = Object.entries(golden.advantages).map(([name, recorded]) => checkAdvantages(name, recorded));
  const engine = await createOnnxRuntimeEngine({ threads: 1 });
  try {
    for (const [name, recorded] of Object.entries(golden.losses)) {
      await tf.setBackend("cpu");
      const { program, inputs } = lossProgram(golden, recorded);
      checks.push(compareLoss(`loss ${name}, tfjs cpu`, recorded, runEagerly(program, inputs)));
      checks.push(compareLoss(`loss ${name}, ${engine.name}`, recorded, await runCompiled(engine, program, inputs)));
      tf.dispose(inputs);
    }
  } finally {
    engine.dispose();
  }
  return checks;
}

/** The options of the recording under our names. */
function configOf(config: LossCase["config"]): GRPOConfigInput {
  return {
    lossType: config["loss_type"] as NonNullable<GRPOConfigInput["lossType"]>,
    maxCompletionLength: MAX_COMPLETION_LENGTH,
    importanceSamplingLevel: (config["level"] ?? "token") as "token" | "sequence",
    epsilonHigh: (config["epsilon_high"] ?? null) as number | null,
    delta: (config["delta"] ?? null) as number | null,
    beta: (config["beta"] ?? 0) as number,
    useBiasCorrectionKl: (config["use_bias_correction_kl"] ?? false) as boolean,
    topEntropyQuantile: (config["teq"] ?? 1) as number,
    offPolicyMaskThreshold: (config["opm"] ?? null) as number | null,
    entropyCoef: (config["entropy_coef"] ?? 0) as number,
  };
}

/** A program that gives the loss, its gradient and its metrics, and the tensors that it takes. */
function lossProgram(golden: Golden, { config }: LossCase) {
  const options: PolicyLossOptions = lossOptions(grpoConfigSchema.parse(configOf(config)));
  const matrix = (values: Matrix) => tf.tensor2d(values as number[][], undefined, "float32");
  const { mask, advantages } = golden.inputs;
  const items = mask.flat().reduce((sum, value) => sum + value, 0);
  const inputs: Record<string, tf.Tensor> = {
    logProbabilities: matrix(golden.inputs.new),
    entropies: matrix(golden.inputs.entropies),
    mask: matrix(mask),
    advantages: tf.tensor1d([...advantages], "float32"),
    itemsInBatch: tf.scalar(items),
    gradientAccumulation: tf.scalar(Number(config["ga"] ?? 1)),
    stepsPerGeneration: tf.scalar(1),
  };
  if (config["no_old"] !== true) inputs["oldLogProbabilities"] = matrix(golden.inputs.old);
  if (options.beta !== 0) inputs["referenceLogProbabilities"] = matrix(golden.inputs.ref);
  if (options.offPolicyMaskThreshold !== null) inputs["samplingLogProbabilities"] = matrix(golden.inputs.sampling);
  if (config["vllm"] === true) inputs["importanceRatio"] = matrix(golden.inputs.importance_sampling_ratio);
  if (options.entropyBonus) inputs["entropyCoefficient"] = tf.scalar(Number(config["entropy_coef"] ?? 0));

  const program = (tensors: Tensors): Tensors => {
    let metrics: Readonly<Record<string, tf.Tensor>> = {};
    const { value, grad } = tf.valueAndGrad((logProbabilities: tf.Tensor) => {
      const result = policyLoss({ ...(tensors as unknown as PolicyLossInputs), logProbabilities }, options);
      metrics = Object.fromEntries(Object.entries(result.metrics).map(([key, tensor]) => [key, tf.keep(tensor)]));
      return result.loss;
    })(tensors["logProbabilities"] as tf.Tensor);
    return { loss: value, gradient: grad, ...metrics };
  };
  return { program, inputs };
}

function runEagerly(
  program: (tensors: Tensors) => Tensors,
  inputs: Readonly<Record<string, tf.Tensor>>,
): Record<string, number[]> {
  const outputs = Object.entries(program(inputs));
  return Object.fromEntries(
    outputs.map(([key, tensor]) => {
      const values = Array.from(tensor.dataSync());
      tensor.dispose();
      return [key, values];
    }),
  );
}

async function runCompiled(
  engine: Engine,
  program: (tensors: Tensors) => Tensors,
  inputs: Readonly<Record<string, tf.Tensor>>,
): Promise<Record<string, number[]>> {
  const specs = Object.fromEntries(
    Object.entries(inputs).map(([key, tensor]) => [key, { shape: tensor.shape, dtype: "float32" as const }]),
  );
  const buffers: Record<string, Buffer> = {};
  for (const [key, tensor] of Object.entries(inputs)) {
    buffers[key] = engine.buffer(Float32Array.from(tensor.dataSync()), tensor.shape, "float32");
  }
  const compiled = await engine.compile("loss", program, specs);
  const outputs = await compiled.run(buffers);
  const values: Record<string, number[]> = {};
  for (const [key, buffer] of Object.entries(outputs)) {
    values[key] = Array.from(await buffer.read());
    buffer.dispose();
  }
  compiled.dispose();
  for (const buffer of Object.values(buffers)) buffer.dispose();
  return values;
}

function compareLoss(name: string, expected: LossCase, actual: Readonly<Record<string, number[]>>): ParityCheck {
  const differences: [string, number][] = [["loss", distance([expected.loss], actual["loss"])]];
  differences.push(["gradient", distance(expected.grad.flat(), actual["gradient"])]);
  for (const [metric, value] of Object.entries(expected.metrics)) {
    // The coefficient is set by the trainer, between the losses of two steps.
    if (metric !== "entropy_coef") differences.push([metric, distance([value], actual[metric])]);
  }
  return verdict(name, differences);
}

function checkAdvantages(name: string, golden: AdvantageCase): ParityCheck {
  const result = computeAdvantages({
    scores: golden.rewards_per_func,
    weights: golden.weights,
    numGenerations: golden.G,
    scaleRewards: golden.scale_rewards,
    aggregation: golden.aggregation,
  });
  const flags = (values: readonly boolean[]) => values.map(Number);
  const present = (values: readonly (number | null)[]) => values.map((value) => value ?? -1e6);
  return verdict(`advantages ${name}`, [
    ["advantages", distance(golden.advantages, result.advantages)],
    ["rewards", distance(present(golden.rewards), present(result.rewards))],
    ["deviations", distance(golden.std, result.deviations)],
    ["is_std_zero", distance(flags(golden.is_std_zero), flags(result.isStdZero))],
    ["frac_reward_zero_std", distance([golden.frac_reward_zero_std], [result.fracRewardZeroStd])],
  ]);
}

/** Largest absolute difference; infinite for another number of values. */
function distance(expected: readonly number[], actual: readonly number[] | undefined): number {
  if (actual === undefined || actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  return expected.reduce((most, value, index) => Math.max(most, Math.abs(value - (actual[index] ?? Number.NaN))), 0);
}

function verdict(name: string, differences: readonly [string, number][]): ParityCheck {
  const [worst, difference] = differences.reduce((a, b) => (b[1] > a[1] || Number.isNaN(b[1]) ? b : a));
  return {
    name,
    passed: difference <= TOLERANCE,
    detail: `largest difference ${difference.toExponential(1)} (${worst})`,
  };
}
