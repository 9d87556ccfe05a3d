/** Finds out whether single rows of a large buffer can be written on a device: see binding-limit.ts. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { disposeAll, readFloats } from "./buffers.js";
import type { Engine } from "./engine.js";
import { addAt } from "./operators/add-at.js";

/** Floats in a row. */
const width = 1024;

const { fill: filled } = tf;

/** Bytes that were tried with success, and the fewest that were tried without. */
interface Tried {
  written: number;
  refused: number;
}

const tried = new WeakMap<Engine, Tried>();

/**
 * Whether a program may write rows to a buffer of so many bytes. What the engine does not promise is tried once, with a
 * buffer that is freed again: of the next power of two first, so that few sizes are tried, then of that size. Where there
 * is no memory for it, it may not.
 */
export async function scattersTo(engine: Engine, bytes: number): Promise<boolean> {
  const { mostScattered = Number.POSITIVE_INFINITY } = engine;
  const known = tried.get(engine) ?? { written: mostScattered, refused: Number.POSITIVE_INFINITY };
  tried.set(engine, known);
  for (const size of [2 ** Math.ceil(Math.log2(bytes)), bytes]) {
    if (bytes <= known.written) return true;
    if (size >= known.refused) continue;
    const isWritten = await writesRow(engine, Math.ceil(size / (4 * width))).catch(() => false);
    if (isWritten) known.written = size;
    else known.refused = size;
  }
  return bytes <= known.written;
}

/** Writes the last of so many rows and reads it. */
async function writesRow(engine: Engine, rows: number): Promise<boolean> {
  const program = await engine.compile(
    "scatter-trial",
    ({ place, row }) => {
      const zeros = filled([rows, width], 0);
      return { row: tf.gather(addAt(zeros, tf.expandDims(place as Tensor, 1), row as Tensor), place as Tensor) };
    },
    { place: { shape: ["places"], dtype: "int32" }, row: { shape: ["places", width], dtype: "float32" } },
    { quiet: true },
  );
  try {
    const values = Float32Array.from({ length: width }, (_, index) => index + 1);
    const results = await program.run({
      place: engine.buffer(Int32Array.of(rows - 1), [1]),
      row: engine.buffer(values.slice(), [1, width]),
    });
    const read = await readFloats(results["row"], "row");
    const isSame = values.every((value, index) => value === read[index]);
    disposeAll(results);
    return isSame;
  } finally {
    program.dispose();
  }
}
