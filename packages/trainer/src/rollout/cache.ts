// Keys and values of the tokens so far, one slot for each row that is still being generated. Slots hold no padding on
// the left: a row's tokens lie at 0 … length-1, and a bias hides what lies behind. Here it is in this thread's memory; on
// a device it is that of device-cache.ts.
import type { Buffer, Buffers, Engine } from "../engine/engine.js";
import { maskedScore } from "../model/attention.js";
import type { ModelConfig } from "../model/config.js";
import { cacheNames, hasWindow, stepName } from "./program-inputs.js";

/** The attention memory of a batch of rows; see {@link createCache}. */
export interface KeyValueCache {
  /** Slots in use. */
  readonly rows: number;
  /** Tokens in each slot, [rows]. */
  readonly lengths: readonly number[];
  /**
   * Inputs of the decode program for the slots in use: past keys and values [rows, keyValueHeads, 1, tokens, d], `bias`
   * and `windowBias` [rows, tokens]. Valid until the next change.
   */
  inputs(): Buffers;
  /** Results of the decode program that are written to buffers of the cache itself; none where it adds them itself. */
  targets(): Buffers;
  /**
   * Adds slots: slot i starts with the first `lengths[i]` tokens of row `sources[i]` of a prefill's keys and values.
   * Several slots may start from one row: a prompt is prefilled once for its whole group.
   */
  admit(prefilled: Buffers, sources: readonly number[], lengths: readonly number[]): Promise<void>;
  /** Makes room for one more token in each slot where {@link targets} needs it. */
  prepare(): Promise<void>;
  /** Adds a decode step's keys and values (see `stepName`) where {@link targets} has none, one token to each slot. */
  append(step: Buffer | undefined): void;
  /** Keeps only these slots, in this order: `kept[i]` becomes slot i. */
  keep(kept: readonly number[]): Promise<void>;
  dispose(): void;
}

/** Tokens by which full slots grow, so that sizes and copies stay few. */
const growth = 64;

/** Tokens that slots have room for which hold so many: rounded up, but not beyond the most that any will ever hold. */
export const capacityFor = (tokens: number, maxTokens: number): number =>
  Math.max(tokens, Math.min(Math.ceil(tokens / growth) * growth, maxTokens));

/**
 * A cache in this thread's memory. `maxTokens` is the most that any slot will ever hold; the cache begins smaller and
 * grows in steps, since attention pays for the whole of it.
 */
export function createHostCache(engine: Engine, config: ModelConfig, maxTokens: number): KeyValueCache {
  return new HostCache(engine, config, maxTokens);
}

/** Names of a model's caches in the order of its layers, with those of what a prefill returns for them. */
export const cacheEntries = (config: ModelConfig): { readonly past: string; readonly step: string }[] =>
  Array.from({ length: config.layers }, (_, layer) => [
    { past: cacheNames.pastKeys(layer), step: cacheNames.keys(layer) },
    { past: cacheNames.pastValues(layer), step: cacheNames.values(layer) },
  ]).flat();

class HostCache implements KeyValueCache {
  readonly #engine: Engine;
  readonly #config: ModelConfig;
  readonly #maxTokens: number;
  readonly #names: readonly { readonly past: string; readonly step: string }[];
  readonly #windowed: boolean;
  #lengths: number[] = [];
  /** Slots and tokens that there is room for. */
  #slots = 0;
  #capacity = 0;
  #buffers: Record<string, Buffer> = {};

  constructor(engine: Engine, config: ModelConfig, maxTokens: number) {
    this.#engine = engine;
    this.#config = config;
    this.#maxTokens = maxTokens;
    this.#windowed = hasWindow(config);
    this.#names = cacheEntries(config);
  }

  get rows(): number {
    return this.#lengths.length;
  }

  get lengths(): readonly number[] {
    return this.#lengths;
  }

  inputs(): Buffers {
    const { keyValueHeads, headDimension } = this.#config;
    const past = [this.rows, keyValueHeads, 1, this.#capacity, headDimension];
    const bias = [this.rows, this.#capacity];
    return Object.fromEntries(
      Object.entries(this.#buffers).map(([name, buffer]) => [
        name,
        this.#engine.view(buffer, buffer.shape.length === 2 ? bias : past),
      ]),
    );
  }

  targets(): Buffers {
    return {};
  }

  async prepare(): Promise<void> {}

  async admit(prefilled: Buffers, sources: readonly number[], lengths: readonly number[]): Promise<void> {
    const first = this.rows;
    this.#makeRoom(first + sources.length, Math.max(0, ...lengths) + 1);
    const { keyValueHeads: heads, headDimension: width } = this.#config;
    for (const { past, step } of this.#names) {
      const from = floats(prefilled[step], step);
      const padded = prefilled[step]?.shape[2] as number;
      const to = this.#data(past);
      sources.forEach((source, index) => {
        const size = (lengths[index] as number) * width;
        for (let head = 0; head < heads; head++) {
          const begin = (source * heads + head) * padded * width;
          to.set(from.subarray(begin, begin + size), ((first + index) * heads + head) * this.#capacity * width);
        }
      });
    }
    this.#lengths.push(...lengths);
    for (let slot = first; slot < this.rows; slot++) this.#writeBias(slot);
  }

  append(step: Buffer | undefined): void {
    this.#makeRoom(this.rows, Math.max(...this.#lengths) + 1);
    const { keyValueHeads: heads, headDimension: width } = this.#config;
    const from = floats(step, stepName);
    for (const [place, { past }] of this.#names.entries()) {
      const to = this.#data(past);
      const begin = place * this.rows * heads * width;
      for (let slot = 0; slot < this.rows; slot++) {
        const length = this.#lengths[slot] as number;
        for (let head = 0; head < heads; head++) {
          const source = begin + (slot * heads + head) * width;
          const target = ((slot * heads + head) * this.#capacity + length) * width;
          // A plain loop: for so few numbers it costs less than a subarray.
          for (let index = 0; index < width; index++) to[target + index] = from[source + index] as number;
        }
      }
    }
    this.#lengths = this.#lengths.map((length) => length + 1);
    this.#moveBias();
  }

  async keep(kept: readonly number[]): Promise<void> {
    const lengths = kept.map((slot) => this.#lengths[slot] as number);
    for (const buffer of Object.values(this.#buffers)) {
      const data = floats(buffer, "the cache");
      const size = data.length / this.#slots;
      // Ascending targets with sources at or behind them: no source is overwritten before it is read.
      kept.forEach((slot, target) => {
        if (slot < target) throw new Error(`Slot ${slot} cannot move back to ${target}.`);
        if (slot !== target) data.copyWithin(target * size, slot * size, (slot + 1) * size);
      });
    }
    this.#lengths = lengths;
  }

  dispose(): void {
    for (const buffer of Object.values(this.#buffers)) buffer.dispose();
    this.#buffers = {};
    this.#lengths = [];
    this.#slots = 0;
    this.#capacity = 0;
  }

  #data(name: string): Float32Array {
    return floats(this.#buffers[name], name);
  }

  #writeBias(slot: number): void {
    const length = this.#lengths[slot] as number;
    const start = slot * this.#capacity;
    this.#data("bias")
      .fill(0, start, start + length)
      .fill(maskedScore, start + length, start + this.#capacity);
    if (!this.#windowed) return;
    const first = Math.max(0, length - (this.#config.slidingWindow as number) + 1);
    this.#data("windowBias")
      .fill(maskedScore, start, start + this.#capacity)
      .fill(0, start + first, Math.max(start + first, start + length));
  }

  /** After one more token in each slot: it may be seen, and the oldest one leaves the window. */
  #moveBias(): void {
    const bias = this.#data("bias");
    const window = this.#windowed ? this.#data("windowBias") : null;
    this.#lengths.forEach((length, slot) => {
      const start = slot * this.#capacity;
      bias[start + length - 1] = 0;
      if (!window) return;
      window[start + length - 1] = 0;
      const left = length - (this.#config.slidingWindow as number);
      if (left >= 0) window[start + left] = maskedScore;
    });
  }

  /** Grows the buffers where they lack slots or tokens, and moves what they hold. */
  #makeRoom(slots: number, tokens: number): void {
    if (slots <= this.#slots && tokens <= this.#capacity) return;
    const { keyValueHeads: heads, headDimension: width } = this.#config;
    const newSlots = Math.max(slots, this.#slots);
    const newCapacity = Math.max(this.#capacity, capacityFor(tokens, this.#maxTokens));
    for (const { past } of this.#names) {
      const data = new Float32Array(newSlots * heads * newCapacity * width);
      const old = this.#buffers[past];
      if (old) copyRows(floats(old, past), this.#capacity * width, data, newCapacity * width, this.rows * heads);
      old?.dispose();
      this.#buffers[past] = this.#engine.buffer(data, [newSlots, heads, newCapacity, width]);
    }
    for (const name of this.#windowed ? ["bias", "windowBias"] : ["bias"]) {
      this.#buffers[name]?.dispose();
      this.#buffers[name] = this.#engine.buffer(new Float32Array(newSlots * newCapacity), [newSlots, newCapacity]);
    }
    this.#slots = newSlots;
    this.#capacity = newCapacity;
    for (let slot = 0; slot < this.rows; slot++) this.#writeBias(slot);
  }
}

function copyRows(from: Float32Array, fromSize: number, to: Float32Array, toSize: number, rows: number): void {
  for (let row = 0; row < rows; row++) to.set(from.subarray(row * fromSize, (row + 1) * fromSize), row * toSize);
}

function floats(buffer: Buffer | undefined, name: string): Float32Array {
  if (!(buffer?.data instanceof Float32Array)) throw new Error(`${name} is not float32 in this thread's memory.`);
  return buffer.data;
}
