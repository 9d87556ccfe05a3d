/**
 * The compiling engine: programs become ONNX graphs that ONNX Runtime runs. On the CPU buffers are typed arrays, on a GPU
 * tensors of its own.
 */
import { PavlovError } from "@pavlov/core";
import type { Engine, Program } from "../engine.js";
import { MemoryBuffer, memoryView } from "../memory-buffer.js";
import { trace } from "../trace/trace.js";
import { TrafficMeter } from "../traffic.js";
import { DeviceBuffer } from "./device-buffer.js";
import { loadOnnxRuntime } from "./load.js";
import { meteredTransfer } from "./metered-transfer.js";
import { createProgram } from "./program.js";
import { type ProviderName, providers } from "./providers.js";
import { createTransfer } from "./transfer.js";

export interface OnnxRuntimeOptions {
  /** Threads of each program; by default as many as the machine has cores. */
  readonly threads?: number;
  /** What runs the operators: `cpu`, `webgpu` (a GPU of any maker) or `cuda` (NVIDIA's). Default: `cpu`. */
  readonly provider?: ProviderName;
  /**
   * Whether programs on a GPU change buffers where they are. WebGPU's rules forbid a buffer as input and output of one
   * dispatch; Vulkan and Metal do not mind, Direct3D 12 may, so that on Windows a changed buffer is a new one. Default:
   * true except on Windows.
   */
  readonly inPlace?: boolean;
}

/**
 * Makes the engine `onnxruntime`. Compiling and running block the calling thread: use it in one of its own.
 *
 * @throws PavlovError where an option is wrong, or `onnxruntime-node` or its binding for this platform is missing.
 */
export async function createOnnxRuntimeEngine(options: OnnxRuntimeOptions = {}): Promise<Engine> {
  const { threads, provider: providerName = "cpu", inPlace = process.platform !== "win32" } = options;
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1)) {
    throw new PavlovError(`threads is ${threads}: it must be a whole number of at least 1`);
  }
  if (!Object.hasOwn(providers, providerName)) {
    throw new PavlovError(`provider is "${providerName}": it must be one of ${Object.keys(providers).join(", ")}`);
  }
  const provider = providers[providerName];
  const runtime = await loadOnnxRuntime();
  const sessions = { executionProviders: [...provider.executionProviders], logSeverityLevel: 3 as const };
  const meter = provider.onDevice || provider.copiesInputs ? new TrafficMeter({ isTimed: provider.onDevice }) : null;
  const transfer =
    meter !== null && provider.onDevice
      ? meteredTransfer(createTransfer(runtime, sessions, provider.name), meter)
      : null;
  const programs = new Set<Program>();
  let disposed = false;
  return {
    name: providerName === "cpu" ? "onnxruntime" : `onnxruntime ${providerName}`,
    inMemory: transfer === null,
    copiesInputs: provider.copiesInputs,
    mostScattered: provider.mostScattered,
    async compile(name, program, inputs, compileOptions = {}) {
      const { constants = {} } = compileOptions;
      const traced = trace(name, program, inputs, {
        constants,
        lacks: provider.lacks,
        givenSizes: provider.givenSizes,
        mostScattered: provider.mostScattered,
        // ONNX Runtime 1.30 frees what a session holds on a GPU only when the last session there is closed.
        constantsAsInputs: provider.onDevice,
      });
      const specs = Object.fromEntries(Object.entries(inputs).filter(([input]) => constants[input] === undefined));
      const settings = { ...compileOptions, threads, provider, transfer, inPlace };
      const compiled = await createProgram(runtime, name, traced, specs, settings);
      if (disposed) {
        compiled.dispose();
        throw new PavlovError(`the program "${name}" was compiled after its engine's dispose()`);
      }
      const took = (): void => Object.values(traced.constants).forEach((values) => meter?.sent(values.byteLength));
      took();
      const owned: Program = {
        ...compiled,
        async run(given, into = {}) {
          const results = await compiled.run(given, into);
          meter?.fed(given, traced.inputs);
          meter?.gave({ ...results, ...into });
          transfer?.computes();
          return results;
        },
        async refresh(changes) {
          await compiled.refresh(changes);
          took();
        },
        dispose: () => {
          programs.delete(owned);
          compiled.dispose();
        },
      };
      programs.add(owned);
      return owned;
    },
    buffer: (data, shape, dtype) => new MemoryBuffer(data, shape, dtype),
    async resident(data, shape, dtype) {
      const buffer = new MemoryBuffer(data, shape, dtype);
      if (transfer === null) return buffer;
      return new DeviceBuffer(await transfer.upload(data, buffer.shape, buffer.dtype), buffer.dtype, transfer);
    },
    view: memoryView,
    ...(meter === null
      ? {}
      : {
          async traffic() {
            await transfer?.settle();
            return meter.total;
          },
        }),
    dispose() {
      disposed = true;
      for (const program of [...programs]) program.dispose();
      transfer?.dispose();
    },
  };
}
