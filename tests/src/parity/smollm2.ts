// A real model, SmolLM2-135M-Instruct, against transformers: token ids, log-probabilities and greedy tokens. The
// model's folder is given, or found where it usually lies; without one the check is skipped and says so.
import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { createOnnxRuntimeEngine, loadModel } from "@pavlov/trainer";
import { checkForward, checkGreedy, checkTokenizer, type GoldenCase } from "./decoder-checks.js";
import type { ParityCheck } from "./losses.js";
import { asCheckedModel } from "./models.js";

interface Golden {
  readonly cases: readonly (GoldenCase & { readonly greedy32: readonly number[]; readonly greedy32_text: string })[];
}

const tolerance = 5e-4;

/** Checks the model in `model`, or where that is undefined the one in the cache. */
export async function checkSmolLM2(goldenFolder: string, model?: string): Promise<ParityCheck[]> {
  const folder = model ?? join(homedir(), ".cache", "pavlov-models", "smollm2-135m-instruct");
  const isThere = await stat(join(folder, "config.json")).catch(() => null);
  if (!isThere) {
    const name = "SmolLM2-135M-Instruct";
    const detail = `there is no config.json in ${folder}`;
    return model === undefined
      ? [{ name, passed: true, skipped: true, detail: `${detail}; give the model's folder with --model` }]
      : [{ name, passed: false, detail: `${detail}, which --model names` }];
  }
  const golden = JSON.parse(await readFile(join(goldenFolder, "smollm2.json"), "utf8")) as Golden;
  const { cases } = golden;
  const engine = await createOnnxRuntimeEngine();
  try {
    const checked = asCheckedModel(engine, await loadModel(folder));
    const greedy = cases.map(({ greedy32, greedy32_text: text }) => ({ tokens: greedy32, text }));
    const prompts = cases.map(({ ids }) => ids);
    const tokens = greedy.map((each) => each.tokens);
    return [
      await checkTokenizer(folder, cases, greedy),
      await checkForward(checked, cases, tolerance),
      await checkGreedy(checked, prompts, tokens, { length: 32, forced: false }),
    ];
  } finally {
    engine.dispose();
  }
}
