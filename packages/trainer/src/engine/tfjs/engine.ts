/** The eager engine: programs run kernel by kernel on any TensorFlow.js backend; buffers are typed arrays. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { PavlovError } from "@pavlov/core";
import type { Buffer, Engine, Program, Specs, TensorProgram, TypedArray } from "../engine.js";
import { checkInputs } from "../inputs.js";
import { MemoryBuffer, memoryView, moveResults, typedValues } from "../memory-buffer.js";
import { supportedDType } from "../trace/backend.js";
import { loadNodeGpu } from "./node-gpu.js";

/** The backend that `@tensorflow/tfjs-node-gpu` registers. */
const nodeBackendName = "tensorflow";

async function selectBackend(name: string): Promise<void> {
  if (tf.getBackend() === name) return;
  const found = tf.findBackendFactory(name) !== null && (await tf.setBackend(name));
  if (!found) {
    throw new PavlovError(`TensorFlow.js has no working backend "${name}"`, {
      hint: 'Use "cpu", "tensorflow" (needs @tensorflow/tfjs-node-gpu), or import the package that registers it first.',
    });
  }
}

/** The cpu backend advertises tfjs-node at its first tensor, which is no advice for users of this package. */
function withoutWarnings(run: () => void): void {
  const before = tf.env().getBool("PROD");
  tf.env().set("PROD", true);
  run();
  tf.env().set("PROD", before);
}

function makeTensors(specs: Specs, inputs: Readonly<Record<string, Buffer>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.keys(specs).map((name) => {
      const buffer = inputs[name] as Buffer;
      return [name, tf.tensor(buffer.data as TypedArray, [...buffer.shape], buffer.dtype)];
    }),
  );
}

/** The values of a result in its dtype's array (backends are loose there), which must not be the memory of an input. */
function ownValues(result: Tensor, inputs: Readonly<Record<string, Buffer>>): TypedArray {
  const dtype = supportedDType(result.dtype);
  const values = result.dataSync() as TypedArray;
  const typed = typedValues(values, dtype);
  return Object.values(inputs).some((input) => input.data?.buffer === typed.buffer) ? typed.slice() : typed;
}

function eagerProgram(backend: string, name: string, program: TensorProgram, specs: Specs): Program {
  return {
    name,
    async run(inputs, into = {}) {
      checkInputs(name, specs, inputs);
      const previous = tf.engine().backendName as string | undefined;
      await selectBackend(backend);
      try {
        const outputs: Record<string, Buffer> = {};
        tf.tidy(() => {
          const results = Object.entries(program(makeTensors(specs, inputs)));
          for (const [key, result] of results) {
            outputs[key] = new MemoryBuffer(ownValues(result, inputs), result.shape);
          }
          // A program may keep a result that it computed in a scope of its own, such as a gradient's.
          for (const [, result] of results) result.dispose();
        });
        return moveResults(outputs, into);
      } finally {
        if (previous !== undefined && previous !== backend) await tf.setBackend(previous);
      }
    },
    forget() {},
    async refresh() {},
    dispose() {},
  };
}

/**
 * Makes the engine `tfjs`, which runs programs eagerly on a TensorFlow.js backend: `cpu` (slow, everywhere),
 * `tensorflow` (CUDA, through the optional package `@tensorflow/tfjs-node-gpu`) or any other that is registered.
 *
 * @throws PavlovError where there is no such backend.
 */
export async function createTfjsEngine(backendName = "cpu"): Promise<Engine> {
  if (backendName === nodeBackendName && tf.findBackendFactory(nodeBackendName) === null) await loadNodeGpu();
  const previous = tf.engine().backendName as string | undefined;
  await selectBackend(backendName);
  withoutWarnings(() => tf.zeros([1]).dispose());
  if (previous !== undefined) await tf.setBackend(previous);
  return {
    name: `tfjs ${backendName}`,
    inMemory: true,
    async compile(name, program, inputs, { constants = {} } = {}) {
      const compiled = eagerProgram(backendName, name, program, inputs);
      return { ...compiled, run: (given, into) => compiled.run({ ...given, ...constants }, into) };
    },
    buffer: (data, shape, dtype) => new MemoryBuffer(data, shape, dtype),
    resident: async (data, shape, dtype) => new MemoryBuffer(data, shape, dtype),
    view: memoryView,
    dispose() {},
  };
}
