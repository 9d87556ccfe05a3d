// An adapter in PEFT's layout against PEFT: token ids, log-probabilities (with the adapter beside the model, and merged
// into it) and gradients of its matrices.
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  adaptedLinear,
  adaptedShapes,
  createGenerator,
  loadAdapter,
  loadModel,
  loadTokenizer,
  loraScale,
  mergeAdapter,
} from "@pavlov/trainer";
import type { Engine } from "@pavlov/trainer";
import {
  checkForward,
  checkGradients,
  tokenValues,
  type CheckedModel,
  type GoldenCase,
  type GoldenGradients,
} from "./decoder-checks.js";
import type { ParityCheck } from "./losses.js";

/** golden.json of one adapter, computed by PEFT in float32. */
interface Golden {
  readonly cases: readonly GoldenCase[];
  readonly sft_loss_case1: number;
  /** By PEFT's names in memory: `base_model.model.<projection>.lora_A.default.weight`. */
  readonly sft_grads_case1: GoldenGradients;
}

const tolerance = 1e-4;

/** Checks the adapter in `folder`, whose base stands beside it under the name in its adapter_config.json. */
export async function checkAdapter(engine: Engine, folder: string): Promise<ParityCheck[]> {
  const golden = JSON.parse(await readFile(join(folder, "golden.json"), "utf8")) as Golden;
  const settings = JSON.parse(await readFile(join(folder, "adapter_config.json"), "utf8")) as Record<string, unknown>;
  const base = join(dirname(folder), basename(String(settings["base_model_name_or_path"])));
  const { config, parameters } = await loadModel(base);
  const adapter = await loadAdapter(folder, config, base);
  const scale = loraScale(adapter.peft);

  const buffers = (weights: typeof parameters) =>
    Object.fromEntries(Object.entries(weights).map(([name, { data, shape }]) => [name, engine.buffer(data, shape)]));
  const shapesOf = (weights: typeof parameters) =>
    Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape]));
  const beside: CheckedModel = {
    engine,
    config,
    shapes: adaptedShapes(config, shapesOf(adapter.parameters)),
    weights: buffers({ ...parameters, ...adapter.parameters }),
    linear: adaptedLinear(scale),
  };
  const mergedParameters = mergeAdapter(parameters, adapter.parameters, scale);
  const merged: CheckedModel = {
    engine,
    config,
    shapes: shapesOf(mergedParameters),
    weights: buffers(mergedParameters),
  };

  const forward = await checkForward(beside, golden.cases, tolerance);
  const forwardMerged = await checkForward(merged, golden.cases, tolerance);
  const gradients = Object.fromEntries(
    Object.entries(golden.sft_grads_case1).map(([name, gradient]) => [ourName(name), gradient]),
  );
  return [
    await checkIds(base, folder, golden.cases),
    forward,
    { ...forwardMerged, name: `${forwardMerged.name} of the merged model` },
    await checkRollout(beside, merged, golden.cases),
    await checkGradients(beside, golden.cases[1]?.ids ?? [], { loss: golden.sft_loss_case1, gradients }),
  ];
}

const ourName = (name: string): string =>
  name.replace(/^base_model\.model\./, "").replace(".default.weight", ".weight");

/** The conversations are those of the base model's golden file. */
async function checkIds(base: string, folder: string, cases: readonly GoldenCase[]): Promise<ParityCheck> {
  const recorded = JSON.parse(await readFile(join(base, "golden.json"), "utf8")) as Golden;
  const tokenizer = await loadTokenizer(base);
  const equal = cases.filter(({ ids }, index) => {
    const { messages = [] } = recorded.cases[index] ?? {};
    return tokenizer.encodePrompt(messages).ids.join() === ids.join();
  }).length;
  return {
    name: "token ids",
    passed: equal === cases.length,
    detail: `${equal} of ${cases.length} conversations identical (tokenizer of ${basename(base)}, for ${basename(folder)})`,
  };
}

/**
 * What rollouts sample from is the merged model, what trains is the adapter beside the model: both find the sampled
 * tokens equally likely. The golden file has no greedy tokens of the adapter.
 */
async function checkRollout(
  beside: CheckedModel,
  merged: CheckedModel,
  cases: readonly GoldenCase[],
): Promise<ParityCheck> {
  const generator = createGenerator(merged.engine, merged.config);
  const prompts = cases.map(({ ids }) => ids);
  const completions = await generator.generate(merged.weights, { prompts, maxCompletionLength: 24, seed: 1, step: 0 });
  generator.dispose();
  let difference = 0;
  for (const { row, tokenIds, logProbabilities } of completions) {
    const prompt = prompts[row] ?? [];
    const found = await tokenValues(beside, [...prompt, ...tokenIds]);
    const own = found.logProbabilities.subarray(prompt.length - 1);
    difference = Math.max(difference, ...logProbabilities.map((value, index) => Math.abs(value - (own[index] ?? NaN))));
  }
  return {
    name: "sampled tokens of the merged model",
    passed: difference <= tolerance,
    detail: `as likely by the adapter, to ${difference.toExponential(1)} nats`,
  };
}
