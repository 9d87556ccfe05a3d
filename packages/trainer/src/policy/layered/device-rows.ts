/** {@link RowOperations} on a device, as small programs that serve any number of rows. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { Buffer, CompileOptions, Engine, Specs, TensorProgram, Tensors, TensorSpec } from "../../engine/engine.js";
import { bytesOf, guaranteedBinding } from "../../engine/binding-limit.js";
import { anyOfRank, keepPrograms } from "../../engine/kept-programs.js";
import { addAt } from "../../engine/operators/add-at.js";
import { uniqueIds } from "../../engine/operators/embedding.js";
import { elementCount } from "../../model/parameters.js";
import type { RowOperations } from "./row-operations.js";

const { fill: filled } = tf;
const float = (...shape: TensorSpec["shape"]): TensorSpec => ({ shape, dtype: "float32" });
const int = (...shape: TensorSpec["shape"]): TensorSpec => ({ shape, dtype: "int32" });

/** Distinct ids are counted in multiples of this, so that the device compiles few shapes. */
const distinctIds = 128;

const gather: TensorProgram = ({ table, ids, scale }) => ({
  rows: tf.mul(tf.gather(table as Tensor, ids as Tensor), scale as Tensor),
});

/**
 * What is to be added to the distinct rows. Rows of equal ids are added up by a product: a device adds in any order,
 * which would change the last bits.
 */
const sumsOf = ({ rows, places, distinct, scale }: Tensors): Tensor => {
  const hits = tf.oneHot(places as Tensor, (distinct as Tensor).shape[0] as number, 1, 0, "float32");
  return tf.mul(tf.matMul(hits, rows as Tensor, true), scale as Tensor);
};

const addTo: TensorProgram = (inputs) => ({
  table: addAt(inputs["table"] as Tensor, tf.expandDims(inputs["distinct"] as Tensor, 1), sumsOf(inputs)),
});

/** `rows` and a row of zeros, looked up by `rowOf` [all]. */
const spread = (rows: Tensor, rowOf: Tensor): Tensor =>
  tf.gather(tf.concat([rows, filled([1, rows.shape[1] as number], 0)], 0), rowOf);

/** The same where the table may be more than is bound at once: all of it is written anew. */
const addToLarge: TensorProgram = (inputs) => ({
  table: tf.add(inputs["table"] as Tensor, spread(sumsOf(inputs), inputs["rowOf"] as Tensor)),
});

const add: TensorProgram = ({ sum, more }) => ({ sum: tf.add(sum as Tensor, more as Tensor) });

const put: TensorProgram = ({ to, places, rows }) => ({
  to: addAt(to as Tensor, tf.expandDims(places as Tensor, 1), rows as Tensor),
});

const putLarge: TensorProgram = ({ to, rowOf, rows }) => ({
  to: tf.add(to as Tensor, spread(rows as Tensor, rowOf as Tensor)),
});

/** For each of `all` rows the place of its id in `ids`, or `ids.length` where it is none of them. */
const rowsOfIds = (ids: Int32Array, all: number): Int32Array => {
  const rowOf = new Int32Array(all).fill(ids.length);
  ids.forEach((id, place) => (rowOf[id] = place));
  return rowOf;
};

/** Whole numbers from `start` on. */
const consecutive = (start: number, count: number): Int32Array =>
  Int32Array.from({ length: count }, (_, index) => start + index);

/** `mostBound`: bytes that a program sees of one buffer at least. */
export const createDeviceRows = (engine: Engine, mostBound = guaranteedBinding): RowOperations => {
  const programs = keepPrograms(engine);
  const compiled = (name: string, program: TensorProgram, inputs: Specs, options: CompileOptions = {}) =>
    programs.get(name, () => ({ program, inputs, options }));
  const scalar = (value: number): Buffer => engine.buffer(Float32Array.of(value), []);
  const list = (values: Int32Array): Buffer => engine.buffer(values, [values.length]);

  const gatherRows = async (table: Buffer, ids: Int32Array, scale: number): Promise<Buffer> => {
    const specs = { table: float("vocabulary", "width"), ids: int("rows"), scale: float() };
    const program = await compiled("gather-rows", gather, specs, { keeps: "all" });
    const { rows } = await program.run({ table, ids: list(ids), scale: scalar(scale) });
    return rows as Buffer;
  };

  return {
    zeros: (shape) => engine.resident(new Float32Array(elementCount(shape)), shape),
    gather: gatherRows,
    async addTo(table, ids, rows, scale) {
      const unique = uniqueIds(ids, table.shape[0] as number, distinctIds);
      const specs = {
        table: float("vocabulary", "width"),
        rows: float("rows", "width"),
        places: int("rows"),
        distinct: int("distinct"),
        scale: float(),
      };
      const own = { places: list(unique.inverse), distinct: list(unique.uniqueIds), scale: scalar(scale) };
      if (bytesOf(table.shape) <= mostBound) {
        const program = await compiled("add-to-rows", addTo, specs);
        await program.run({ table, rows, ...own }, { table });
        return;
      }
      const program = await compiled("add-to-large", addToLarge, { ...specs, rowOf: int("vocabulary") });
      const rowOf = list(rowsOfIds(unique.uniqueIds, table.shape[0] as number));
      await program.run({ table, rows, rowOf, ...own }, { table });
    },
    async add(sum, more) {
      const rank = sum.shape.length;
      const spec = anyOfRank(rank);
      await (await compiled(`add-${rank}`, add, { sum: spec, more: spec })).run({ sum, more }, { sum });
    },
    take: (from, start, count) => gatherRows(from, consecutive(start, count), 1),
    async put(to, start, rows) {
      const specs = { to: float("all", "width"), rows: float("rows", "width") };
      const places = consecutive(start, rows.shape[0] as number);
      if (bytesOf(to.shape) <= mostBound) {
        const program = await compiled("put-rows", put, { ...specs, places: int("rows") });
        await program.run({ to, places: list(places), rows }, { to });
        return;
      }
      const program = await compiled("put-large", putLarge, { ...specs, rowOf: int("all") });
      await program.run({ to, rowOf: list(rowsOfIds(places, to.shape[0] as number)), rows }, { to });
    },
    dispose: () => programs.dispose(),
  };
};
