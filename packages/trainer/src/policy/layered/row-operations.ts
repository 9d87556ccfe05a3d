/**
 * What the layered pass does with rows of activations and gradients between its programs: on the buffers' own memory
 * here, and by programs of their own on a device (device-rows.ts), where nothing of it crosses into this thread.
 */
import { addInPlace, floatsInMemory } from "../../engine/buffers.js";
import type { Buffer, Engine } from "../../engine/engine.js";
import { elementCount } from "../../model/parameters.js";
import { createDeviceRows } from "./device-rows.js";
import { addRows, gatherRows } from "./embedding-rows.js";

/** Buffers are the caller's; those that a call changes keep their identity. */
export interface RowOperations {
  /** Zeros of a shape. */
  zeros(shape: readonly number[]): Promise<Buffer>;
  /** Rows `ids` of `table` [vocabulary, width], times `scale`: [ids, width]. */
  gather(table: Buffer, ids: Int32Array, scale: number): Promise<Buffer>;
  /** Adds `rows` [ids, width], times `scale`, to the rows `ids` of `table`, which may repeat. */
  addTo(table: Buffer, ids: Int32Array, rows: Buffer, scale: number): Promise<void>;
  /** Adds `more` to `sum`, of the same shape. */
  add(sum: Buffer, more: Buffer): Promise<void>;
  /** Rows [start, start + count) of `from`; dispose it before `from`. */
  take(from: Buffer, start: number, count: number): Promise<Buffer>;
  /** Writes `rows` to the rows of `to` from `start` on, which are zeros. */
  put(to: Buffer, start: number, rows: Buffer): Promise<void>;
  dispose(): void;
}

const createMemoryRows = (engine: Engine): RowOperations => ({
  zeros: async (shape) => engine.buffer(new Float32Array(elementCount(shape)), shape),
  async gather(table, ids, scale) {
    const width = table.shape[1] as number;
    return engine.buffer(gatherRows(floatsInMemory(table, "the table"), width, ids, scale), [ids.length, width]);
  },
  async addTo(table, ids, rows, scale) {
    const width = table.shape[1] as number;
    addRows(floatsInMemory(table, "the table"), width, ids, floatsInMemory(rows, "the rows"), scale);
  },
  async add(sum, more) {
    addInPlace(floatsInMemory(sum, "the sum"), floatsInMemory(more, "what is added"));
  },
  async take(from, start, count) {
    const width = from.shape[1] as number;
    const values = floatsInMemory(from, "the rows");
    return engine.buffer(values.subarray(start * width, (start + count) * width), [count, width]);
  },
  async put(to, start, rows) {
    const width = to.shape[1] as number;
    floatsInMemory(to, "the rows").set(floatsInMemory(rows, "the part"), start * width);
  },
  dispose: () => undefined,
});

export const createRowOperations = (engine: Engine): RowOperations =>
  engine.inMemory ? createMemoryRows(engine) : createDeviceRows(engine);
