/**
 * Weights for rollouts with an adapter merged into them, W + scale·B·A, so that sampling costs what it costs without
 * an adapter. The base is never written to: merging and unmerging in place would round it away bit by bit.
 */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { Buffer, Buffers, Engine, Program, Tensors } from "../engine/engine.js";
import { linearNames } from "../model/linear.js";
import { adaptedProjections } from "../model/lora/merge.js";

export interface MergedWeights {
  /** The base's buffers, with merged ones in place of those that are adapted; the same buffers each time. */
  refresh(): Promise<Buffers>;
  /** Frees the merged buffers until the next refresh. */
  release(): void;
  dispose(): void;
}

/** Merges the adapter among `weights`; both belong to the caller. */
export const createMergedWeights = (engine: Engine, weights: Buffers, scale: number): MergedWeights => {
  const projections = adaptedProjections(Object.keys(weights));
  const base = Object.fromEntries(Object.entries(weights).filter(([name]) => !/\.lora_[AB]\.weight$/.test(name)));
  const merged = new Map<string, Buffer>();
  let compiled: Promise<Program> | undefined;

  const bufferOf = (name: string): Buffer => {
    const buffer = weights[name];
    if (!buffer) throw new Error(`The adapter needs the weight ${name}.`);
    return buffer;
  };

  /** One program for projections of all sizes. */
  const program = (): Promise<Program> => {
    const rank = bufferOf(linearNames.loraA(projections[0] as string)).shape[0] as number;
    compiled ??= engine.compile(
      "merge",
      ({ weight, down, up }: Tensors) => ({
        merged: tf.add(weight as Tensor, tf.matMul(tf.mul(up as Tensor, scale), down as Tensor)),
      }),
      {
        weight: { shape: ["outputs", "inputs"], dtype: "float32" },
        down: { shape: [rank, "inputs"], dtype: "float32" },
        up: { shape: ["outputs", rank], dtype: "float32" },
      },
      { keeps: "all" },
    );
    // Tried again the next time: a device may have lacked the memory for it.
    compiled.catch(() => (compiled = undefined));
    return compiled;
  };

  const release = (): void => {
    for (const buffer of merged.values()) buffer.dispose();
    merged.clear();
  };

  return {
    async refresh() {
      const merge = await program();
      for (const projection of projections) {
        const name = linearNames.weight(projection);
        const outputs = await merge.run({
          weight: bufferOf(name),
          down: bufferOf(linearNames.loraA(projection)),
          up: bufferOf(linearNames.loraB(projection)),
        });
        const fresh = outputs["merged"] as Buffer;
        const kept = merged.get(name);
        if (kept?.data && fresh.data) {
          // The same memory each time: as much garbage as the model is large would be made otherwise.
          kept.data.set(fresh.data);
          fresh.dispose();
        } else {
          kept?.dispose();
          merged.set(name, fresh);
        }
      }
      return { ...base, ...Object.fromEntries(merged) };
    },
    release,
    dispose() {
      release();
      compiled?.then(
        (merge) => merge.dispose(),
        () => undefined,
      );
      compiled = undefined;
    },
  };
};
