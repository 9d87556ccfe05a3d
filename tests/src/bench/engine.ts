/** Measures one training step compiled with ONNX Runtime and run eagerly on TensorFlow.js's WebAssembly backend. */
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { createOnnxRuntimeEngine, createTfjsEngine, type Engine } from "@pavlov/trainer";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { measuredShape, stepProgram, stepSpecs, stepValues, weightCount } from "./engine-decoder.js";

export interface EngineFigures {
  readonly parameters: number;
  /** Tokens of a step. */
  readonly tokens: number;
  /** The fastest compiled step: forward, backward and all gradients, in milliseconds. */
  readonly compiledMilliseconds: number;
  /** Recording the program and making the session, in milliseconds. */
  readonly compilingMilliseconds: number;
  /** Of the fastest compiled step, at 6 operations per parameter and token. */
  readonly gigaflops: number;
  /** The fastest eager step on TensorFlow.js's WebAssembly backend, in milliseconds. */
  readonly wasmMilliseconds: number;
  /** How many times faster the compiled step is. */
  readonly ratio: number;
  /** Of the two engines' losses. */
  readonly lossDifference: number;
}

interface Contestant {
  readonly compiling: number;
  /** Runs the step some times and remembers the fastest. */
  run(times: number): Promise<void>;
  fastest(): number;
  loss(): number;
  dispose(): void;
}

async function prepare(engine: Engine): Promise<Contestant> {
  const specs = stepSpecs(measuredShape);
  const start = performance.now();
  const program = await engine.compile("step", stepProgram(measuredShape), specs);
  const compiling = performance.now() - start;
  const inputs = Object.fromEntries(
    Object.entries(stepValues(measuredShape)).map(([name, data]) => [
      name,
      engine.buffer(data, specs[name]?.shape as readonly number[]),
    ]),
  );
  let fastest = Number.POSITIVE_INFINITY;
  let loss = Number.NaN;
  return {
    compiling,
    async run(times) {
      for (let run = 0; run < times; run += 1) {
        const before = performance.now();
        const outputs = await program.run(inputs);
        fastest = Math.min(fastest, performance.now() - before);
        loss = outputs["loss"]?.data?.[0] ?? Number.NaN;
        for (const output of Object.values(outputs)) output.dispose();
      }
    },
    fastest: () => fastest,
    loss: () => loss,
    dispose: () => engine.dispose(),
  };
}

/**
 * The fastest of some runs of each. The two take turns, so that what else the machine does meets both: `rounds` rounds of
 * `compiledRuns` compiled steps and one eager step, which takes seconds.
 */
export async function benchEngine({ rounds = 3, compiledRuns = 20, threads = 2 } = {}): Promise<EngineFigures> {
  const main = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(join(dirname(main), sep));
  const compiled = await prepare(await createOnnxRuntimeEngine({ threads }));
  const wasm = await prepare(await createTfjsEngine("wasm"));
  for (let round = 0; round < rounds; round += 1) {
    await compiled.run(compiledRuns);
    await wasm.run(1);
  }
  await compiled.run(compiledRuns);
  compiled.dispose();
  wasm.dispose();
  const parameters = weightCount(measuredShape);
  const tokens = measuredShape.rows * measuredShape.length;
  return {
    parameters,
    tokens,
    compiledMilliseconds: compiled.fastest(),
    compilingMilliseconds: compiled.compiling,
    gigaflops: (6 * parameters * tokens) / compiled.fastest() / 1e6,
    wasmMilliseconds: wasm.fastest(),
    ratio: wasm.fastest() / compiled.fastest(),
    lossDifference: Math.abs(wasm.loss() - compiled.loss()),
  };
}
