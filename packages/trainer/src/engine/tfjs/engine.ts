/**
 * The eager engine: programs run kernel by kernel on any TensorFlow.js backend. Buffers are typed arrays; with
 * tfjs-node-gpu they are tensors of the backend, which stay on its GPU.
 */
import type { Engine } from "../engine.js";
import { MemoryBuffer, memoryView } from "../memory-buffer.js";
import { TrafficMeter } from "../traffic.js";
import { activeBackend, nodeBackendName, startBackend } from "./backend.js";
import { loadNodeGpu } from "./node-gpu.js";
import { eagerProgram } from "./program.js";
import { type TensorDevice, TensorBuffer } from "./tensor-buffer.js";

/**
 * Makes the engine `tfjs`, which runs programs eagerly on a TensorFlow.js backend: `cpu` (slow, everywhere),
 * `tensorflow` (CUDA, through the optional package `@tensorflow/tfjs-node-gpu`) or any other that is registered.
 *
 * @throws PavlovError where there is no such backend, or `tensorflow` finds no GPU.
 */
export async function createTfjsEngine(backendName = "cpu"): Promise<Engine> {
  const previous = activeBackend();
  const onDevice = backendName === nodeBackendName;
  if (onDevice) loadNodeGpu();
  await startBackend(backendName, previous);
  const device: TensorDevice | null = onDevice
    ? { backend: backendName, held: new Set(), meter: new TrafficMeter({ isTimed: false }) }
    : null;
  const place = { backend: backendName, device };
  return {
    name: `tfjs ${backendName}`,
    inMemory: !onDevice,
    compile: async (name, program, inputs, options = {}) => eagerProgram(place, name, program, inputs, options),
    buffer: (data, shape, dtype) => new MemoryBuffer(data, shape, dtype),
    async resident(data, shape, dtype) {
      const buffer = new MemoryBuffer(data, shape, dtype);
      if (device === null) return buffer;
      return TensorBuffer.of(device, data, buffer.shape, buffer.dtype);
    },
    view: memoryView,
    // Untimed: TensorFlow copies values when a kernel first reads them, and waits for kernels where values are read.
    ...(device === null ? {} : { traffic: async () => device.meter.total }),
    dispose() {
      for (const buffer of [...(device?.held ?? [])]) buffer.dispose();
    },
  };
}
