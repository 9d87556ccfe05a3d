/** Whether an engine computes rightly, and how fast: two products and a sine, whose results are known. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { PavlovError } from "@pavlov/core";
import { disposeAll } from "../engine/buffers.js";
import type { Engine, Program } from "../engine/engine.js";

/** Rows, inner size and columns of a product. */
type Sizes = readonly [number, number, number];

/** 8 million operations: a tenth of a second where a processor plays the GPU. */
const small: Sizes = [64, 256, 256];

/** 1 billion operations: long beside the time that a run takes to start. */
const large: Sizes = [512, 1024, 1024];

/** A device that is slower than this with the small product is not worth the large one. Billions of operations a second. */
const leastSpeed = 2;

const valueAt = (index: number): number => Math.fround(Math.sin(index * 0.7) / 4);

const values = (count: number): Float32Array => Float32Array.from({ length: count }, (_, index) => valueAt(index));

async function timed(engine: Engine, [rows, inner, columns]: Sizes, runs: number) {
  const program = await engine.compile(
    "trial",
    ({ x, w }) => {
      const product = tf.matMul(x as Tensor, w as Tensor);
      return { product, sine: tf.sin(tf.mul(product, 100)), sum: tf.sum(product) };
    },
    { x: { shape: [rows, inner], dtype: "float32" }, w: { shape: [inner, columns], dtype: "float32" } },
    { keeps: (name) => name !== "sum" },
  );
  const x = await engine.resident(values(rows * inner), [rows, inner]);
  const w = await engine.resident(values(inner * columns), [inner, columns]);
  const once = async (run: Program) => {
    const started = performance.now();
    const outputs = await run.run({ x, w });
    // It waits for all that came before.
    await outputs["sum"]?.read();
    return { outputs, seconds: (performance.now() - started) / 1000 };
  };
  try {
    let best = Number.POSITIVE_INFINITY;
    const first = await once(program);
    for (let run = 0; run < runs; run++) {
      const { outputs, seconds } = await once(program);
      disposeAll(outputs);
      best = Math.min(best, seconds);
    }
    const product = (await first.outputs["product"]?.read()) as Float32Array;
    const sine = (await first.outputs["sine"]?.read()) as Float32Array;
    disposeAll(first.outputs);
    return { product, sine, gigaflops: (2 * rows * inner * columns) / best / 1e9 };
  } finally {
    program.dispose();
    x.dispose();
    w.dispose();
  }
}

/**
 * Billions of floating-point operations a second in a matrix product.
 * @throws PavlovError where its results are wrong, as those of a broken driver are.
 */
export async function tryEngine(engine: Engine): Promise<number> {
  const [, inner, columns] = small;
  const { product, sine, gigaflops } = await timed(engine, small, 2);
  for (const place of [0, columns + 3, product.length - 1]) {
    const [row, column] = [Math.floor(place / columns), place % columns];
    let expected = 0;
    for (let index = 0; index < inner; index++) {
      expected += valueAt(row * inner + index) * valueAt(index * columns + column);
    }
    const pairs = [
      ["a product", product[place] as number, expected],
      ["a sine", sine[place] as number, Math.sin(100 * (product[place] as number))],
    ] as const;
    for (const [what, actual, wanted] of pairs) {
      if (Math.abs(actual - wanted) < 1e-3 * (1 + Math.abs(wanted))) continue;
      throw new PavlovError(`${engine.name} computes wrongly: ${what} is ${actual} instead of ${wanted}.`, {
        hint: "Update the GPU's driver, or choose device: cpu.",
      });
    }
  }
  return gigaflops < leastSpeed ? gigaflops : (await timed(engine, large, 3)).gigaflops;
}
