/** The compiling engine: programs become ONNX graphs that ONNX Runtime runs on the CPU; buffers are typed arrays. */
import { PavlovError } from "@pavlov/core";
import type { Engine, Program } from "../engine.js";
import { MemoryBuffer, memoryView } from "../memory-buffer.js";
import { trace } from "../trace/trace.js";
import { loadOnnxRuntime } from "./load.js";
import { createProgram } from "./program.js";

export interface OnnxRuntimeOptions {
  /** Threads of each program; by default as many as the machine has cores. */
  readonly threads?: number;
  readonly provider?: "cpu";
}

/**
 * Makes the engine `onnxruntime`. Compiling and running block the calling thread: use it in one of its own.
 *
 * @throws PavlovError where `onnxruntime-node` or its binding for this platform is missing.
 */
export async function createOnnxRuntimeEngine(options: OnnxRuntimeOptions = {}): Promise<Engine> {
  const { threads, provider = "cpu" } = options;
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1)) {
    throw new PavlovError(`threads is ${threads}: it must be a whole number of at least 1`);
  }
  const runtime = await loadOnnxRuntime();
  const programs = new Set<Program>();
  return {
    name: "onnxruntime",
    async compile(name, program, inputs, compileOptions = {}) {
      const { constants = {} } = compileOptions;
      const traced = trace(name, program, inputs, { constants });
      const specs = Object.fromEntries(Object.entries(inputs).filter(([input]) => constants[input] === undefined));
      const compiled = await createProgram(runtime, name, traced, specs, { ...compileOptions, threads, provider });
      const owned = {
        ...compiled,
        dispose: () => {
          programs.delete(owned);
          compiled.dispose();
        },
      };
      programs.add(owned);
      return owned;
    },
    buffer: (data, shape, dtype) => new MemoryBuffer(data, shape, dtype),
    view: memoryView,
    dispose() {
      for (const program of [...programs]) program.dispose();
    },
  };
}
