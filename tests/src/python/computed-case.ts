// What Pavlov computes with a folder that it wrote: token ids of a text, their log-probabilities and the entropies of
// the distributions that they come from.
import {
  adaptedLinear,
  adaptedShapes,
  loadAdapter,
  loadModel,
  loadTokenizer,
  loraScale,
  type Engine,
  type Parameters,
} from "@pavlov/trainer";
import { tokenValues } from "../parity/decoder-checks.js";
import type { WrittenFolder } from "./trained-folders.js";

/** A row of cases.json; see check_loading.py. */
export interface ComputedCase extends WrittenFolder {
  readonly text: string;
  readonly ids: readonly number[];
  readonly logProbabilities: readonly number[];
  readonly entropies: readonly number[];
}

const text = "522+768=1290";

export async function computedCase(engine: Engine, written: WrittenFolder): Promise<ComputedCase> {
  const { folder, kind, source } = written;
  const base = kind === "adapter" ? source : folder;
  const ids = (await loadTokenizer(folder)).encodePrompt(text).ids;
  const { config, parameters } = await loadModel(base);
  const adapter = kind === "adapter" ? await loadAdapter(folder, config, base) : null;
  const all: Parameters = { ...parameters, ...adapter?.parameters };
  const entries = Object.entries(all);
  const shapes = Object.fromEntries(
    Object.entries(adapter?.parameters ?? {}).map(([name, { shape }]) => [name, shape]),
  );
  const values = await tokenValues(
    {
      engine,
      config,
      shapes: adaptedShapes(config, shapes),
      weights: Object.fromEntries(entries.map(([name, { data, shape }]) => [name, engine.buffer(data, shape)])),
      ...(adapter ? { linear: adaptedLinear(loraScale(adapter.peft)) } : {}),
    },
    ids,
  );
  return {
    ...written,
    text,
    ids,
    logProbabilities: [...values.logProbabilities],
    entropies: [...values.entropies],
  };
}
