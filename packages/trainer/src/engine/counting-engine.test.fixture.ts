/**
 * The CPU's engine in the place of a device's: it counts the buffers that would lie on the device, and fails at a use of
 * it that a test names, as a device that runs out of memory may at each.
 */
import type { Buffer, CompileOptions, Engine } from "./engine.js";
import { createOnnxRuntimeEngine } from "./onnxruntime/engine.js";

export interface CountingEngine {
  readonly engine: Engine;
  /** Buffers on the device that were not disposed. */
  live(): number;
  /** The n-th use from now on fails, counted from 1; null lets all succeed. A use moves values or runs a program. */
  failAt(use: number | null): void;
}

/** What a use says that fails. */
export const noMemory = "The device has no memory left.";

export const createCountingEngine = async (): Promise<CountingEngine> => {
  const runtime = await createOnnxRuntimeEngine({ threads: 1 });
  const live = new Set<Buffer>();
  let left: number | null = null;
  const use = (): void => {
    if (left === null) return;
    left -= 1;
    if (left === 0) throw new Error(noMemory);
  };
  const counted = <Counted extends Buffer>(buffer: Counted): Counted => {
    live.add(buffer);
    const [dispose, read] = [buffer.dispose.bind(buffer), buffer.read.bind(buffer)];
    buffer.dispose = () => {
      live.delete(buffer);
      dispose();
    };
    buffer.read = async () => {
      use();
      return read();
    };
    return buffer;
  };
  const stays = (keeps: CompileOptions["keeps"], result: string): boolean =>
    keeps === "all" || (typeof keeps === "function" && keeps(result));
  const engine: Engine = {
    ...runtime,
    inMemory: false,
    async resident(...values) {
      use();
      return counted(await runtime.resident(...values));
    },
    async compile(name, program, inputs, options) {
      const compiled = await runtime.compile(name, program, inputs, options);
      return {
        ...compiled,
        async run(given, into) {
          use();
          const results = await compiled.run(given, into);
          for (const [result, buffer] of Object.entries(results)) if (stays(options?.keeps, result)) counted(buffer);
          return results;
        },
      };
    },
  };
  return { engine, live: () => live.size, failAt: (next) => void (left = next) };
};

/** Fails at each use in turn until `work` succeeds, and tells after each failure how many buffers are left. */
export const failEverywhere = async (
  { failAt }: CountingEngine,
  work: () => Promise<void>,
  afterFailure: (use: number, error: unknown) => void | Promise<void>,
): Promise<number> => {
  for (let use = 1; ; use++) {
    failAt(use);
    let error: unknown;
    try {
      await work();
    } catch (thrown) {
      error = thrown;
    }
    failAt(null);
    if (error === undefined) return use - 1;
    await afterFailure(use, error);
  }
};
