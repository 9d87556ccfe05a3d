// The decoder against transformers: token ids, template text, log-probabilities, entropies, greedy tokens and gradients
// of the small models in a folder of golden numbers, all on the compiled engine.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  completionLogProbabilities,
  createGenerator,
  createOnnxRuntimeEngine,
  knownModelTypes,
  loadModel,
  loadTokenizer,
  weightSpecs,
} from "@pavlov/trainer";
import type { Buffers, Engine, LoadedModel, Tensors } from "@pavlov/trainer";
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";

import type { ParityCheck } from "./losses.js";

/** golden.json of one model, computed by transformers in float32. */
interface Golden {
  readonly cases: readonly GoldenCase[];
  readonly sft_loss_case1: number;
  readonly sft_grads_case1: Readonly<Record<string, { readonly norm: number; readonly first4: readonly number[] }>>;
}

interface GoldenCase {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly text: string;
  readonly ids: readonly number[];
  readonly greedy24: readonly number[];
  readonly greedy24_text: string;
  readonly logprobs: readonly number[];
  readonly entropy: readonly number[];
}

/** Largest difference of a log-probability or an entropy. */
const forwardTolerance = 1e-4;
/** Largest difference of a gradient's norm, relative; of its elements, relative to the norm. */
const gradientTolerance = 1e-3;

/** Checks every model of `goldenFolder`/models that has weights and a known family. */
export async function checkModels(goldenFolder: string): Promise<ParityCheck[]> {
  const root = join(goldenFolder, "models");
  const engine = await createOnnxRuntimeEngine();
  const checks: ParityCheck[] = [];
  try {
    for (const entry of (await readdir(root)).toSorted()) {
      const files = await readdir(join(root, entry));
      if (!files.includes("model.safetensors") || !files.includes("golden.json")) continue;
      const found = await checkModel(engine, join(root, entry));
      checks.push(...found.map((check) => ({ ...check, name: `${entry}: ${check.name}` })));
    }
  } finally {
    engine.dispose();
  }
  if (checks.length === 0) {
    const detail = `no model of the families ${knownModelTypes.join(", ")} lies in ${root}`;
    checks.push({ name: "models", passed: false, detail });
  }
  return checks;
}

async function checkModel(engine: Engine, folder: string): Promise<ParityCheck[]> {
  const golden = JSON.parse(await readFile(join(folder, "golden.json"), "utf8")) as Golden;
  const model = await loadModel(folder);
  const weights = Object.fromEntries(
    Object.entries(model.parameters).map(([name, { data, shape }]) => [name, engine.buffer(data, shape)]),
  );
  return [
    await checkTokenizer(folder, golden.cases),
    await checkForward(engine, model, weights, golden.cases),
    await checkGreedy(engine, model, weights, golden.cases),
    await checkGradients(engine, model, weights, golden),
  ];
}

async function checkTokenizer(folder: string, cases: readonly GoldenCase[]): Promise<ParityCheck> {
  const tokenizer = await loadTokenizer(folder);
  const wrong = cases.flatMap((golden, index) => {
    const { ids, text } = tokenizer.encodePrompt(golden.messages);
    const problems = [
      text === golden.text ? "" : "template text",
      ids.join() === golden.ids.join() ? "" : "token ids",
      tokenizer.decode(golden.greedy24) === golden.greedy24_text ? "" : "decoded text",
    ].filter((problem) => problem !== "");
    return problems.map((problem) => `case ${index}: ${problem}`);
  });
  const detail = wrong.length === 0 ? `${cases.length} conversations identical` : `different: ${wrong.join(", ")}`;
  return { name: "template text, token ids, decoding", passed: wrong.length === 0, detail };
}

/** Log-probabilities of all tokens but the first, each case its own static program. */
async function checkForward(
  engine: Engine,
  model: LoadedModel,
  weights: Buffers,
  cases: readonly GoldenCase[],
): Promise<ParityCheck> {
  let logDifference = 0;
  let entropyDifference = 0;
  for (const { ids, logprobs, entropy } of cases) {
    const program = await engine.compile(
      "log-probabilities",
      (inputs) => ({ ...logProbabilitiesOf(model, inputs, inputs, ids.length) }),
      { ...weightSpecs(model.config), ...sequenceSpecs(ids.length) },
    );
    const outputs = await program.run({ ...weights, ...sequenceBuffers(engine, ids) });
    logDifference = Math.max(logDifference, largestDifference(await outputs["logProbabilities"]?.read(), logprobs));
    entropyDifference = Math.max(
      entropyDifference,
      largestDifference(await outputs["entropies"]?.read(), entropy.slice(0, -1)),
    );
    program.dispose();
  }
  return {
    name: "log-probabilities, entropies",
    passed: logDifference <= forwardTolerance && entropyDifference <= forwardTolerance,
    detail: `differ by at most ${logDifference.toExponential(1)}, ${entropyDifference.toExponential(1)} nats`,
  };
}

/** All cases in one batch; the golden tokens were made with the end of sequence forbidden. */
async function checkGreedy(
  engine: Engine,
  model: LoadedModel,
  weights: Buffers,
  cases: readonly GoldenCase[],
): Promise<ParityCheck> {
  const generator = createGenerator(engine, model.config);
  const completions = await generator.generate(weights, {
    prompts: cases.map(({ ids }) => ids),
    maxCompletionLength: 24,
    minCompletionLength: 24,
    sampling: { temperature: 0 },
    seed: 0,
    step: 0,
  });
  generator.dispose();
  const equal = cases.filter(({ greedy24 }, index) => completions[index]?.tokenIds.join() === greedy24.join()).length;
  return {
    name: "24 greedy tokens",
    passed: equal === cases.length,
    detail: `${equal} of ${cases.length} prompts identical`,
  };
}

/** Gradients of the mean next-token loss of the second case, forward and backward in one compiled program. */
async function checkGradients(
  engine: Engine,
  model: LoadedModel,
  weights: Buffers,
  golden: Golden,
): Promise<ParityCheck> {
  const ids = golden.cases[1]?.ids ?? [];
  const names = Object.keys(model.parameters);
  const program = await engine.compile(
    "gradients",
    (inputs) => {
      const loss = (...tensors: Tensor[]) => {
        const parameters = Object.fromEntries(names.map((name, index) => [name, tensors[index] as Tensor]));
        return tf.neg(tf.mean(logProbabilitiesOf(model, parameters, inputs, ids.length).logProbabilities)).asScalar();
      };
      const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => inputs[name] as Tensor));
      return { loss: value, ...Object.fromEntries(names.map((name, index) => [`d ${name}`, grads[index] as Tensor])) };
    },
    { ...weightSpecs(model.config), ...sequenceSpecs(ids.length) },
  );
  const outputs = await program.run({ ...weights, ...sequenceBuffers(engine, ids) });
  program.dispose();
  const loss = (await outputs["loss"]?.read())?.[0] ?? Number.NaN;
  let worst = Math.abs(loss - golden.sft_loss_case1) / golden.sft_loss_case1;
  let where = "loss";
  for (const [name, { norm, first4 }] of Object.entries(golden.sft_grads_case1)) {
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

function logProbabilitiesOf(model: LoadedModel, parameters: Tensors, inputs: Tensors, tokens: number) {
  const sequence = {
    ids: inputs["ids"] as Tensor,
    positions: inputs["positions"] as Tensor,
    keyMask: inputs["keyMask"] as Tensor,
  };
  return completionLogProbabilities(model.config, parameters, sequence, {
    completionTokens: tokens - 1,
    temperature: 1,
  });
}

function sequenceSpecs(tokens: number) {
  const shape = [1, tokens];
  return {
    ids: { shape, dtype: "int32" as const },
    positions: { shape, dtype: "int32" as const },
    keyMask: { shape, dtype: "float32" as const },
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
