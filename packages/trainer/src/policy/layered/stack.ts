/** The layers one by one, forward and backward, with what each keeps for its backward pass in between. */
import { disposeAll } from "../../engine/buffers.js";
import type { Buffer, Buffers, Engine, Program } from "../../engine/engine.js";
import type { ModelConfig } from "../../model/config.js";
import type { Linear } from "../../model/linear.js";
import type { ProgramCache, ProgramShape } from "../program-cache.js";
import { gradientOutput } from "../training-program.js";
import { rotaryTables } from "./angles.js";
import { headSlots } from "./head-slots.js";
import type { LayerPlan, PlannedLayer } from "./layer-plan.js";
import { keptProjections, layerBackward, layerForward } from "./layer-program.js";
import { slotsOf, type SharedBatch, type SharedShape } from "./layout.js";

export interface StackOptions {
  readonly engine: Engine;
  readonly config: ModelConfig;
  readonly linear: Linear;
  readonly programs: ProgramCache;
  /** Keep no projection; compute each layer again in the backward pass. */
  readonly checkpointing: boolean;
  /** Most bytes of attention's scores at a time. */
  readonly attentionBytes: number;
}

/** What the backward pass of one layer needs beside weights: its input, and the projections unless checkpointing. */
interface Kept {
  readonly x: Buffer;
  readonly projections: Buffers;
}

/** The layers of one micro-batch with given weights. */
export interface Stack {
  /** From the embeddings [tokens, hiddenSize], which it takes, to the last layer's output, the caller's to dispose. */
  forward(x: Buffer, keep: boolean): Promise<Buffer>;
  /**
   * From the gradient of the last layer's output, which it takes, to that of the embeddings, or null where nothing
   * below wants it. Layers' gradients go to `receive`, last layer first.
   */
  backward(dy: Buffer, receive: (gradients: Buffers) => void): Promise<Buffer | null>;
  dispose(): void;
}

/** Buffers that every layer of a batch reads, for each attention type that the model has. */
const batchBuffers = (
  { engine, config }: StackOptions,
  batch: SharedBatch,
): ((type: "full" | "sliding") => Buffers) => {
  const { shape, positions, slotPositions, keyPositions, membership } = batch;
  const tokens = positions.length;
  const indices = (name: string, heads: number): Buffers => {
    const { toSlots, toTokens } = headSlots(batch, heads);
    return {
      [`${name}ToSlots`]: engine.buffer(toSlots, [toSlots.length], "int32"),
      [`${name}ToTokens`]: engine.buffer(toTokens, [tokens, heads], "int32"),
    };
  };
  const common = {
    ...indices("queries", config.attentionHeads),
    ...indices("keys", config.keyValueHeads),
    slotPositions: engine.buffer(slotPositions, [slotPositions.length]),
    keyPositions: engine.buffer(keyPositions, [shape.prompts, shape.prefixTokens]),
    membership: engine.buffer(membership, [shape.rows, shape.prompts]),
  };
  const known = new Map<string, Buffers>();
  return (type) => {
    const rotary = config.rotary[type];
    const key = JSON.stringify(rotary);
    const buffers = known.get(key);
    if (buffers) return buffers;
    const { cosine, sine } = rotaryTables(positions, config.headDimension, rotary);
    const angles = [tokens, config.headDimension / 2];
    const made = { ...common, cosine: engine.buffer(cosine, angles), sine: engine.buffer(sine, angles) };
    known.set(key, made);
    return made;
  };
};

/**
 * The programs of all layers for one shape and any number of tokens in it. They hold about four times what a layer keeps
 * for its way back.
 */
const programShape = (config: ModelConfig, shape: SharedShape): ProgramShape => {
  const widths = Object.values(keptProjections(config)).reduce((sum, width) => sum + width, 2 * config.hiddenSize);
  return { name: JSON.stringify(shape), bytes: 4 * slotsOf(shape) * widths * Float32Array.BYTES_PER_ELEMENT };
};

/** Prepares the layers of `plan` for one micro-batch. */
export const createStack = (options: StackOptions, plan: LayerPlan, batch: SharedBatch, weights: Buffers): Stack => {
  const { engine, config, linear, programs, checkpointing, attentionBytes } = options;
  const { shape } = batch;
  const shared = batchBuffers(options, batch);
  const programsShape = programShape(config, shape);
  const kept = new Map<number, Kept>();

  const programOf = (layer: PlannedLayer, way: "forward" | "keep" | "backward"): Promise<Program> => {
    const { kind, inputGradient } = layer;
    const details = way === "backward" ? [checkpointing, inputGradient, kind.trainable] : [];
    const key = JSON.stringify([way, kind.attention, kind.parameters, details]);
    return programs.get(programsShape, key, () => {
      const of = { config, kind, shape, linear, attentionBytes };
      const { program, inputs } =
        way === "backward"
          ? layerBackward(of, { recompute: checkpointing, inputGradient })
          : layerForward(of, way === "keep");
      // Attention's blocks are computed again on the way back, which a runtime would otherwise undo by keeping them.
      return engine.compile(`layer-${way}`, program, inputs, {
        recompute: way === "backward",
        frugal: true,
        keeps: "all",
      });
    });
  };

  const inputsOf = ({ kind, names }: PlannedLayer): Buffers => ({
    ...shared(kind.attention),
    ...Object.fromEntries(Object.entries(names).map(([local, name]) => [local, weights[name] as Buffer])),
  });

  return {
    async forward(embedded, keep) {
      let x: Buffer | null = embedded;
      try {
        for (const [index, layer] of plan.layers.entries()) {
          const keeps = keep && layer.backward;
          const program = await programOf(layer, keeps && !checkpointing ? "keep" : "forward");
          const { y, ...projections }: Buffers = await program.run({ ...inputsOf(layer), x });
          if (keeps) kept.set(index, { x, projections });
          else x.dispose();
          x = y as Buffer;
        }
        const last = x;
        x = null;
        return last;
      } finally {
        // Where a program failed: nobody else has it.
        x?.dispose();
      }
    },

    async backward(last, receive) {
      let dy: Buffer | null = last;
      let finished = false;
      try {
        for (const [index, layer] of [...plan.layers.entries()].toReversed()) {
          const found = kept.get(index);
          if (!layer.backward || !dy || !found) break;
          const program = await programOf(layer, "backward");
          const outputs: Buffers = await program.run({ ...inputsOf(layer), ...found.projections, x: found.x, dy });
          disposeAll({ ...found.projections, x: found.x, dy });
          kept.delete(index);
          dy = outputs["dx"] ?? null;
          const gradients = layer.kind.trainable.map(
            (name) => [layer.names[name] as string, outputs[gradientOutput(name)] as Buffer] as const,
          );
          receive(Object.fromEntries(gradients));
        }
        finished = true;
        return dy;
      } finally {
        if (!finished) dy?.dispose();
      }
    },

    dispose() {
      for (const { x, projections } of kept.values()) disposeAll({ ...projections, x });
      kept.clear();
    },
  };
};
