// The cache on a device: keys and values never leave it. A decode step adds its own in place; programs over all layers
// at once admit prompts, drop rows and make room. Free places hold zeros, so that adding is writing.
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { disposeAll } from "../engine/buffers.js";
import type { Buffer, Buffers, Engine, Program, Specs, TensorProgram, Tensors, TensorSpec } from "../engine/engine.js";
import { keepPrograms } from "../engine/kept-programs.js";
import { maskedScore } from "../model/attention.js";
import type { ModelConfig } from "../model/config.js";
import { cacheEntries, capacityFor, type KeyValueCache } from "./cache.js";
import { hasWindow, placesName } from "./program-inputs.js";

/** What changes a cache as a whole; compiled when first needed, and kept between generation batches. */
export interface CachePrograms {
  get(kind: CacheChange): Promise<Program>;
  dispose(): void;
}

/** `start` makes a cache of a prefill, `join` adds its rows to those of another, `grow` makes room, `keep` drops rows. */
type CacheChange = "start" | "join" | "grow" | "keep";

const { fill: filled } = tf;
const tensor = (inputs: Tensors, name: string): Tensor => inputs[name] as Tensor;
const float = (...shape: TensorSpec["shape"]): TensorSpec => ({ shape, dtype: "float32" });
const int = (...shape: TensorSpec["shape"]): TensorSpec => ({ shape, dtype: "int32" });

/** Inputs of the programs beside keys and values. */
const [sourcesName, realName, roomName, keptName] = ["sources", "real", "room", "kept"];

function changeProgram(config: ModelConfig, change: CacheChange): { program: TensorProgram; inputs: Specs } {
  const { keyValueHeads: heads, headDimension: width } = config;
  const entries = cacheEntries(config);
  const pastSpecs = Object.fromEntries(entries.map(({ past }) => [past, float("rows", heads, 1, "length", width)]));
  const each =
    (make: (inputs: Tensors, past: string, step: string) => Tensor): TensorProgram =>
    (inputs) =>
      Object.fromEntries(entries.map(({ past, step }) => [past, make(inputs, past, step)]));
  /** Zeros behind the tokens of `x` [rows, heads, 1, tokens, d]: as many as the input `room` is long. */
  const widen = (inputs: Tensors, x: Tensor): Tensor => {
    const room = tensor(inputs, roomName).shape[0] as number;
    return tf.concat([x, filled([x.shape[0] as number, heads, 1, room, width], 0)], 3);
  };
  if (change === "keep") {
    const keep = (inputs: Tensors, past: string) => tf.gather(tensor(inputs, past), tensor(inputs, keptName));
    return { program: each(keep), inputs: { ...pastSpecs, [keptName]: int("kept") } };
  }
  if (change === "grow") {
    const grow = (inputs: Tensors, past: string) => widen(inputs, tensor(inputs, past));
    return { program: each(grow), inputs: { ...pastSpecs, [roomName]: int("room") } };
  }
  if (change === "join") {
    const others = Object.fromEntries(entries.map(({ step }) => [step, float("added", heads, 1, "length", width)]));
    const join = (given: Tensors, past: string, step: string) =>
      tf.concat([tensor(given, past), tensor(given, step)], 0);
    return { program: each(join), inputs: { ...pastSpecs, ...others } };
  }
  const start = (inputs: Tensors, _: string, step: string): Tensor => {
    const own = tf.mul(tf.gather(tensor(inputs, step), tensor(inputs, sourcesName)), tensor(inputs, realName));
    return widen(inputs, tf.expandDims(own, 2));
  };
  return {
    program: each(start),
    inputs: {
      ...Object.fromEntries(entries.map(({ step }) => [step, float("prompts", heads, "tokens", width)])),
      [sourcesName]: int("added"),
      [realName]: float("added", 1, "tokens", 1),
      [roomName]: int("room"),
    },
  };
}

export function createCachePrograms(engine: Engine, config: ModelConfig): CachePrograms {
  const programs = keepPrograms(engine);
  return {
    get: (kind) => programs.get(`cache-${kind}`, () => ({ ...changeProgram(config, kind), options: { keeps: "all" } })),
    dispose: () => programs.dispose(),
  };
}

/** A cache on the engine's device; see `createHostCache` for `maxTokens`. */
export function createDeviceCache(
  engine: Engine,
  config: ModelConfig,
  maxTokens: number,
  programs: CachePrograms,
): KeyValueCache {
  const heads = config.keyValueHeads;
  let lengths: number[] = [];
  let capacity = 0;
  let past: Buffers = {};
  let given: Buffers = {};

  const change = async (kind: CacheChange, own: Buffers): Promise<void> => {
    try {
      const program = await programs.get(kind);
      const before = past;
      past = await program.run({ ...before, ...own });
      disposeAll(before);
    } finally {
      disposeAll(own);
    }
  };
  /** Only its length counts. */
  const room = (tokens: number): Buffer => engine.buffer(new Int32Array(tokens), [tokens]);

  const grow = async (tokens: number): Promise<void> => {
    const wanted = Math.max(capacity, capacityFor(tokens, maxTokens));
    if (lengths.length > 0 && wanted > capacity) await change("grow", { [roomName]: room(wanted - capacity) });
    capacity = wanted;
  };

  /** 0 where a slot's tokens are seen, from the one at `firstOf` to the one that comes next, [rows, capacity]. */
  const bias = (firstOf: (length: number) => number): Buffer => {
    const values = new Float32Array(lengths.length * capacity).fill(maskedScore);
    lengths.forEach((length, slot) => values.fill(0, slot * capacity + firstOf(length), slot * capacity + length + 1));
    return engine.buffer(values, [lengths.length, capacity]);
  };

  /** Where each slot's next token goes: slot, head, 0 and token, [rows, heads, 1, 4]. */
  const places = (): Buffer => {
    const values = new Int32Array(lengths.length * heads * 4);
    lengths.forEach((length, slot) => {
      for (let head = 0; head < heads; head++) values.set([slot, head, 0, length], (slot * heads + head) * 4);
    });
    return engine.buffer(values, [lengths.length, heads, 1, 4]);
  };

  return {
    get rows() {
      return lengths.length;
    },
    get lengths() {
      return lengths;
    },
    inputs() {
      disposeAll(given);
      const window = config.slidingWindow ?? 0;
      given = {
        bias: bias(() => 0),
        ...(hasWindow(config) ? { windowBias: bias((length) => Math.max(0, length - window + 1)) } : {}),
        [placesName]: places(),
      };
      return { ...past, ...given };
    },
    targets: () => past,
    prepare: () => grow(Math.max(...lengths) + 1),
    async admit(prefilled, sources, added) {
      const entries = cacheEntries(config);
      const padded = prefilled[entries[0]?.step ?? ""]?.shape[2] as number;
      await grow(Math.max(padded, ...added) + 1);
      const real = new Float32Array(sources.length * padded);
      added.forEach((length, index) => real.fill(1, index * padded, index * padded + length));
      const steps = Object.fromEntries(entries.map(({ step }) => [step, prefilled[step] as Buffer]));
      const own = {
        [sourcesName]: engine.buffer(Int32Array.from(sources), [sources.length]),
        [realName]: engine.buffer(real, [sources.length, 1, padded, 1]),
        [roomName]: room(capacity - padded),
      };
      const start = await programs.get("start");
      const fresh = await start.run({ ...steps, ...own }).finally(() => disposeAll(own));
      if (lengths.length === 0) past = fresh;
      else
        await change("join", Object.fromEntries(entries.map(({ past: name, step }) => [step, fresh[name] as Buffer])));
      lengths = [...lengths, ...added];
    },
    append() {
      lengths = lengths.map((length) => length + 1);
    },
    async keep(kept) {
      if (kept.length > 0) await change("keep", { [keptName]: engine.buffer(Int32Array.from(kept), [kept.length]) });
      lengths = kept.map((slot) => lengths[slot] as number);
      if (kept.length > 0) return;
      disposeAll(past);
      past = {};
    },
    dispose() {
      disposeAll(past);
      disposeAll(given);
      [past, given, lengths, capacity] = [{}, {}, [], 0];
    },
  };
}
