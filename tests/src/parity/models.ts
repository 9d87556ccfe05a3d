// The decoder against transformers: token ids, template text, log-probabilities, entropies, greedy tokens and gradients
// of the small models in a folder of golden numbers, and of adapters beside them.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createOnnxRuntimeEngine, knownModelTypes, loadModel } from "@pavlov/trainer";
import type { Buffers, Engine, LoadedModel } from "@pavlov/trainer";
import {
  checkForward,
  checkGradients,
  checkGreedy,
  checkTokenizer,
  type CheckedModel,
  type GoldenCase,
  type GoldenGradients,
} from "./decoder-checks.js";
import { checkAdapter } from "./lora.js";
import type { ParityCheck } from "./losses.js";

/** golden.json of one model, computed by transformers in float32. */
interface Golden {
  readonly cases: readonly (GoldenCase & { readonly greedy24: readonly number[]; readonly greedy24_text: string })[];
  readonly sft_loss_case1: number;
  readonly sft_grads_case1: GoldenGradients;
}

/** Largest difference of a log-probability or an entropy. */
const forwardTolerance = 1e-4;

/** Checks every model of `goldenFolder`/models that has weights and a known family, and every adapter. */
export async function checkModels(goldenFolder: string): Promise<ParityCheck[]> {
  const root = join(goldenFolder, "models");
  const engine = await createOnnxRuntimeEngine();
  const checks: ParityCheck[] = [];
  try {
    for (const entry of (await readdir(root)).toSorted()) {
      const files = await readdir(join(root, entry));
      if (!files.includes("golden.json")) continue;
      const check = files.includes("model.safetensors") ? checkModel : checkAdapter;
      const found = await check(engine, join(root, entry));
      checks.push(...found.map((result) => ({ ...result, name: `${entry}: ${result.name}` })));
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

/** A model's weights where the engine computes. */
export function asCheckedModel(
  engine: Engine,
  { config, parameters }: LoadedModel,
): CheckedModel & { weights: Buffers } {
  const entries = Object.entries(parameters);
  return {
    engine,
    config,
    shapes: Object.fromEntries(entries.map(([name, { shape }]) => [name, shape])),
    weights: Object.fromEntries(entries.map(([name, { data, shape }]) => [name, engine.buffer(data, shape)])),
  };
}

async function checkModel(engine: Engine, folder: string): Promise<ParityCheck[]> {
  const golden = JSON.parse(await readFile(join(folder, "golden.json"), "utf8")) as Golden;
  const { cases } = golden;
  const model = asCheckedModel(engine, await loadModel(folder));
  const prompts = cases.map(({ ids }) => ids);
  const greedy = cases.map(({ greedy24, greedy24_text: text }) => ({ tokens: greedy24, text }));
  const tokens = greedy.map((each) => each.tokens);
  return [
    await checkTokenizer(folder, cases, greedy),
    await checkForward(model, cases, forwardTolerance),
    await checkGreedy(model, prompts, tokens, { length: 24, forced: true }),
    await checkGradients(model, prompts[1] ?? [], { loss: golden.sft_loss_case1, gradients: golden.sft_grads_case1 }),
  ];
}
