/** A program that runs kernel by kernel, as TensorFlow.js itself does. Nothing but its results outlives a run. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { PavlovError } from "@pavlov/core";
import type { Buffer, Buffers, CompileOptions, Program, Specs, TensorProgram, TypedArray } from "../engine.js";
import { checkInputs } from "../inputs.js";
import { MemoryBuffer, moveResults, typedValues } from "../memory-buffer.js";
import { explainDeviceError } from "../onnxruntime/device-errors.js";
import { supportedDType } from "../trace/backend.js";
import { onBackend } from "./backend.js";
import { type TensorDevice, TensorBuffer } from "./tensor-buffer.js";

/** Where a program computes. */
export interface Place {
  readonly backend: string;
  /** Where buffers are tensors of the backend; null where they are typed arrays. */
  readonly device: TensorDevice | null;
}

/** The tensors that a run reads: those of buffers on the device themselves, those in memory made anew. */
function tensorsOf(specs: Specs, inputs: Buffers, onDevice: boolean): Record<string, Tensor> {
  return Object.fromEntries(
    Object.keys(specs).map((name) => {
      const buffer = inputs[name] as Buffer;
      if (buffer instanceof TensorBuffer) return [name, buffer.tensor];
      if (buffer.data === null) throw new PavlovError(`the input "${name}" lies on a device of another engine`);
      // tfjs-node computes on the very memory of an array, and may do so after the run has returned.
      const data = onDevice ? buffer.data.slice() : buffer.data;
      return [name, tf.tensor(data, [...buffer.shape], buffer.dtype)];
    }),
  );
}

/** The values of a result in its dtype's array (backends are loose there), which must not be the memory of an input. */
function ownValues(result: Tensor, inputs: Buffers): TypedArray {
  const values = typedValues(result.dataSync() as TypedArray, supportedDType(result.dtype));
  return Object.values(inputs).some((input) => input.data?.buffer === values.buffer) ? values.slice() : values;
}

/** Makes a program of a function; `keeps` says which results stay on a device. */
export function eagerProgram(
  { backend, device }: Place,
  name: string,
  program: TensorProgram,
  specs: Specs,
  { constants = {}, keeps }: CompileOptions,
): Program {
  const stays = (result: string): boolean => device !== null && (keeps === "all" || (keeps?.(result) ?? false));

  const compute = (inputs: Buffers, into: Buffers): Record<string, Buffer> => {
    const outputs: Record<string, Buffer> = {};
    tf.tidy(() => {
      const given = tensorsOf(specs, inputs, device !== null);
      const lent = new Set(Object.keys(specs).flatMap((key) => (inputs[key]?.data === null ? [given[key]] : [])));
      const results = Object.entries(program(given));
      const isTarget = (key: string): boolean => into[key] instanceof TensorBuffer;
      // What may fail comes first, so that no tensor is kept by a run that failed.
      for (const [key, result] of results) {
        if (!isTarget(key) && !stays(key)) outputs[key] = new MemoryBuffer(ownValues(result, inputs), result.shape);
      }
      const own = results
        .filter(([key]) => isTarget(key) || stays(key))
        .map(([key, result]) => [key, tf.keep(tf.clone(result))] as const);
      for (const [key, tensor] of own) {
        const target = into[key];
        if (target instanceof TensorBuffer) target.put(tensor);
        else outputs[key] = new TensorBuffer(device as TensorDevice, tensor);
      }
      // A program may keep a result that it computed in a scope of its own, such as a gradient's.
      for (const [, result] of results) if (!lent.has(result)) result.dispose();
    });
    return outputs;
  };

  return {
    name,
    async run(given, into = {}) {
      const inputs = { ...given, ...constants };
      checkInputs(name, specs, inputs);
      try {
        const results = moveResults(
          onBackend(backend, () => compute(inputs, into)),
          into,
        );
        device?.meter.fed(inputs, Object.keys(specs));
        device?.meter.gave({ ...results, ...into });
        return results;
      } catch (error) {
        throw device !== null
          ? explainDeviceError(error, { device: backend, doing: `running the program ${name}` })
          : error;
      }
    },
    forget() {},
    async refresh() {},
    dispose() {},
  };
}
