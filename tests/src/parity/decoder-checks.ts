// A decoder held to numbers that transformers or PEFT computed: log-probabilities, greedy tokens and gradients, all on
// the compiled engine. What is checked is a model, with or without an adapter.
import { completionLogProbabilities, createGenerator, loadTokenizer } from "@pavlov/trainer";
import type { Buffers, Engine, ModelConfig, Specs, Tensors } from "@pavlov/trainer";
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { ParityCheck } from "./losses.js";

type Linear = NonNullable<Parameters<typeof completionLogProbabilities>[2]["linear"]>;

/** A model in memory. */
export interface CheckedModel {
  readonly engine: Engine;
  readonly config: ModelConfig;
  /** Names and shapes of the weights, an adapter's among them. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly weights: Buffers;
  /** Weights to sample from: an adapter merged. Default: `weights`. */
  readonly rollout?: Buffers;
  /** How projections are computed; LoRA's where there is an adapter. */
  readonly linear?: Linear;
}

/** A prompt as golden files record it. */
export interface GoldenCase {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly ids: readonly number[];
  /** Of all tokens but the first. */
  readonly logprobs: readonly number[];
  readonly text?: string;
  readonly entropy?: readonly number[];
}

/** Gradients by the weights' names: their norms, and where recorded their first elements. */
export type GoldenGradients = Readonly<Record<string, { readonly norm: number; readonly first4?: readonly number[] }>>;

/** Greedy tokens and their text. */
export interface GoldenGreedy {
  readonly tokens: readonly number[];
  readonly text: string;
}

/** Largest difference of a gradient's norm, relative; of its elements, relative to the norm. */
const gradientTolerance = 1e-3;

/** Token ids and template text of conversations, and the text of greedy tokens. */
export async function checkTokenizer(
  folder: string,
  cases: readonly GoldenCase[],
  greedy: readonly GoldenGreedy[],
): Promise<ParityCheck> {
  const tokenizer = await loadTokenizer(folder);
  const wrong = cases.flatMap((golden, index) => {
    const { ids, text } = tokenizer.encodePrompt(golden.messages);
    const { tokens = [], text: decoded = "" } = greedy[index] ?? {};
    const problems = [
      golden.text === undefined || text === golden.text ? "" : "template text",
      ids.join() === golden.ids.join() ? "" : "token ids",
      tokenizer.decode(tokens) === decoded ? "" : "decoded text",
    ].filter((problem) => problem !== "");
    return problems.map((problem) => `case ${index}: ${problem}`);
  });
  const detail = wrong.length === 0 ? `${cases.length} conversations identical` : `different: ${wrong.join(", ")}`;
  return { name: "template text, token ids, decoding", passed: wrong.length === 0, detail };
}

/** Log-probabilities of all tokens but the first, and entropies where recorded; each case its own static program. */
export async function checkForward(
  model: CheckedModel,
  cases: readonly GoldenCase[],
  tolerance: number,
): Promise<ParityCheck> {
  const differences = { "log-probabilities": 0, entropies: -1 };
  for (const { ids, logprobs, entropy } of cases) {
    const { logProbabilities, entropies } = await tokenValues(model, ids);
    const found = largestDifference(logProbabilities, logprobs);
    differences["log-probabilities"] = Math.max(differences["log-probabilities"], found);
    if (entropy) {
      differences.entropies = Math.max(differences.entropies, largestDifference(entropies, entropy.slice(0, -1)));
    }
  }
  const compared = Object.entries(differences).filter(([, difference]) => !(difference < 0));
  const found = compared.map(([, difference]) => difference.toExponential(1));
  return {
    name: compared.map(([name]) => name).join(", "),
    passed: compared.every(([, difference]) => difference <= tolerance),
    detail: `differ by at most ${found.join(", ")} nats (allowed: ${tolerance})`,
  };
}

/** Log-probabilities and entropies of all tokens but the first, as the training pass computes them. */
export async function tokenValues(
  model: CheckedModel,
  ids: readonly number[],
): Promise<{ readonly logProbabilities: Float32Array; readonly entropies: Float32Array }> {
  const program = await model.engine.compile(
    "log-probabilities",
    (inputs) => ({ ...logProbabilitiesOf(model, inputs, inputs, ids.length) }),
    { ...weightSpecs(model), ...sequenceSpecs(ids.length) },
  );
  const outputs = await program.run({ ...model.weights, ...sequenceBuffers(model.engine, ids) });
  program.dispose();
  const read = async (name: string) => ((await outputs[name]?.read()) ?? new Float32Array()) as Float32Array;
  return { logProbabilities: await read("logProbabilities"), entropies: await read("entropies") };
}

/** Greedy tokens of all prompts in one batch. `forced` forbids the end of sequence, as some golden files do. */
export async function checkGreedy(
  { engine, config, weights, rollout = weights }: CheckedModel,
  prompts: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
  { length, forced }: { readonly length: number; readonly forced: boolean },
): Promise<ParityCheck> {
  const generator = createGenerator(engine, config);
  const completions = await generator.generate(rollout, {
    prompts,
    maxCompletionLength: length,
    minCompletionLength: forced ? length : 0,
    sampling: { temperature: 0 },
    seed: 0,
    step: 0,
  });
  generator.dispose();
  const equal = expected.filter((tokens, index) => completions[index]?.tokenIds.join() === tokens.join()).length;
  return {
    name: `${length} greedy tokens`,
    passed: equal === expected.length,
    detail: `${equal} of ${expected.length} prompts identical`,
  };
}

/** Gradients of the mean next-token loss of one prompt, forward and backward in one compiled program. */
export async function checkGradients(
  model: CheckedModel,
  ids: readonly number[],
  golden: { readonly loss: number; readonly gradients: GoldenGradients },
): Promise<ParityCheck> {
  const names = Object.keys(golden.gradients);
  const unknown = names.filter((name) => model.shapes[name] === undefined);
  if (unknown.length > 0) {
    return { name: "gradients", passed: false, detail: `the model has no ${unknown.join(", ")}` };
  }
  const program = await model.engine.compile(
    "gradients",
    (inputs) => {
      const loss = (...tensors: Tensor[]) => {
        const trained = Object.fromEntries(names.map((name, index) => [name, tensors[index] as Tensor]));
        const { logProbabilities } = logProbabilitiesOf(model, { ...inputs, ...trained }, inputs, ids.length);
        return tf.neg(tf.mean(logProbabilities)).asScalar();
      };
      const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => inputs[name] as Tensor));
      return { loss: value, ...Object.fromEntries(names.map((name, index) => [`d ${name}`, grads[index] as Tensor])) };
    },
    { ...weightSpecs(model), ...sequenceSpecs(ids.length) },
  );
  const outputs = await program.run({ ...model.weights, ...sequenceBuffers(model.engine, ids) });
  program.dispose();
  const loss = (await outputs["loss"]?.read())?.[0] ?? Number.NaN;
  let worst = Math.abs(loss - golden.loss) / golden.loss;
  let where = "loss";
  for (const [name, { norm, first4 = [] }] of Object.entries(golden.gradients)) {
    const gradient = await outputs[`d ${name}`]?.read();
    const difference = Math.max(
      Math.abs(normOf(gradient ?? [Number.NaN]) - norm),
      largestDifference(gradient?.slice(0, first4.length), first4),
    );
    if (!(difference / norm <= worst)) [worst, where] = [difference / norm, name];
  }
  return {
    name: "gradients",
    passed: worst <= gradientTolerance,
    detail: `${names.length} weights differ by at most ${worst.toExponential(1)} of their norm (${where})`,
  };
}

function logProbabilitiesOf(model: CheckedModel, parameters: Tensors, inputs: Tensors, tokens: number) {
  const sequence = {
    ids: inputs["ids"] as Tensor,
    positions: inputs["positions"] as Tensor,
    keyMask: inputs["keyMask"] as Tensor,
    ...(model.linear ? { linear: model.linear } : {}),
  };
  return completionLogProbabilities(model.config, parameters, sequence, {
    completionTokens: tokens - 1,
    temperature: 1,
  });
}

function weightSpecs({ shapes }: CheckedModel): Specs {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: "float32" as const }]),
  );
}

function sequenceSpecs(tokens: number): Specs {
  const shape = [1, tokens];
  return {
    ids: { shape, dtype: "int32" },
    positions: { shape, dtype: "int32" },
    keyMask: { shape, dtype: "float32" },
  };
}

function sequenceBuffers(engine: Engine, ids: readonly number[]): Buffers {
  const shape = [1, ids.length];
  return {
    ids: engine.buffer(Int32Array.from(ids), shape),
    positions: engine.buffer(Int32Array.from(ids.keys()), shape),
    keyMask: engine.buffer(new Float32Array(ids.length).fill(1), shape),
  };
}

function normOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += (values[index] as number) ** 2;
  return Math.sqrt(sum);
}

/** NaN where a value is missing or not a number. */
function largestDifference(actual: ArrayLike<number> | undefined, expected: readonly number[]): number {
  if (actual?.length !== expected.length) return Number.NaN;
  return Math.max(0, ...expected.map((value, index) => Math.abs(value - (actual[index] as number))));
}
