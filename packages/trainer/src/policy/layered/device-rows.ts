/** {@link RowOperations} on a device, as small programs that serve any number of rows. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import type { Buffer, CompileOptions, Engine, Specs, TensorProgram, TensorSpec } from "../../engine/engine.js";
import { anyOfRank, keepPrograms } from "../../engine/kept-programs.js";
import { addAt } from "../../engine/operators/add-at.js";
import { uniqueIds } from "../../engine/operators/embedding.js";
import { elementCount } from "../../model/parameters.js";
import type { RowOperations } from "./row-operations.js";

const float = (...shape: TensorSpec["shape"]): TensorSpec => ({ shape, dtype: "float32" });
const int = (...shape: TensorSpec["shape"]): TensorSpec => ({ shape, dtype: "int32" });

/** Distinct ids are counted in multiples of this, so that the device compiles few shapes. */
const distinctIds = 128;

const gather: TensorProgram = ({ table, ids, scale }) => ({
  rows: tf.mul(tf.gather(table as Tensor, ids as Tensor), scale as Tensor),
});

/** Rows of equal ids are added up by a product first: a device adds in any order, which would change the last bits. */
const addTo: TensorProgram = ({ table, rows, places, distinct, scale }) => {
  const ids = distinct as Tensor;
  const hits = tf.oneHot(places as Tensor, ids.shape[0] as number, 1, 0, "float32");
  const sums = tf.mul(tf.matMul(hits, rows as Tensor, true), scale as Tensor);
  return { table: addAt(table as Tensor, tf.expandDims(ids, 1), sums) };
};

const add: TensorProgram = ({ sum, more }) => ({ sum: tf.add(sum as Tensor, more as Tensor) });

const put: TensorProgram = ({ to, places, rows }) => ({
  to: addAt(to as Tensor, tf.expandDims(places as Tensor, 1), rows as Tensor),
});

/** Whole numbers from `start` on. */
const consecutive = (start: number, count: number): Int32Array =>
  Int32Array.from({ length: count }, (_, index) => start + index);

export const createDeviceRows = (engine: Engine): RowOperations => {
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
      const program = await compiled("add-to-rows", addTo, specs);
      const own = { places: list(unique.inverse), distinct: list(unique.uniqueIds), scale: scalar(scale) };
      await program.run({ table, rows, ...own }, { table });
    },
    async add(sum, more) {
      const rank = sum.shape.length;
      const spec = anyOfRank(rank);
      await (await compiled(`add-${rank}`, add, { sum: spec, more: spec })).run({ sum, more }, { sum });
    },
    take: (from, start, count) => gatherRows(from, consecutive(start, count), 1),
    async put(to, start, rows) {
      const specs = { to: float("all", "width"), places: int("rows"), rows: float("rows", "width") };
      const program = await compiled("put-rows", put, specs);
      await program.run({ to, places: list(consecutive(start, rows.shape[0] as number)), rows }, { to });
    },
    dispose: () => programs.dispose(),
  };
};
