/** Registers the recording backend with TensorFlow.js: one line for each family of kernels. */
import * as tf from "@tensorflow/tfjs";
import type { TensorInfo } from "@tensorflow/tfjs";
import { supportedDType, TraceBackend, traceBackendName } from "./backend.js";
import { type KernelTable, Recording } from "./kernel.js";
import { activation } from "./kernels/activation.js";
import { arithmetic } from "./kernels/arithmetic.js";
import { comparison } from "./kernels/comparison.js";
import { constants } from "./kernels/constants.js";
import { fused } from "./kernels/fused.js";
import { indexing } from "./kernels/indexing.js";
import { matmul } from "./kernels/matmul.js";
import { reductions } from "./kernels/reduction.js";
import { shapes } from "./kernels/shape.js";
import { uniformResult } from "./uniform.js";

/** Every kernel that can be recorded, by its TensorFlow.js name. */
export const kernels: KernelTable = {
  ...arithmetic,
  ...activation,
  ...comparison,
  ...reductions,
  ...shapes,
  ...matmul,
  ...indexing,
  ...constants,
  ...fused,
};

let backend: TraceBackend | undefined;

/** The process's recording backend, registered at the first call. */
export function traceBackend(): TraceBackend {
  if (backend !== undefined) return backend;
  const created = new TraceBackend();
  backend = created;
  tf.registerBackend(traceBackendName, () => created, 0);
  for (const [kernelName, record] of Object.entries(kernels)) {
    tf.registerKernel({
      kernelName,
      backendName: traceBackendName,
      kernelFunc: ({ inputs, attrs }) => {
        const recording = new Recording(created, kernelName);
        const given = Object.values(inputs).filter((input): input is TensorInfo => input !== undefined);
        const results = record(recording, inputs, attrs ?? {});
        const known =
          given.length === 0 ? null : uniformResult(kernelName, inputs, (tensor) => recording.uniform(tensor));
        if (known === null) return results;
        if (typeof known === "object") return Array.isArray(results) ? results : replace(created, results, known);
        const filled = [results].flat().map((result) => fill(created, recording, result, known));
        return Array.isArray(results) ? filled : (filled[0] as TensorInfo);
      },
    });
  }
  return created;
}

/** The nodes that were recorded for the result stay unused and are left out of the graph. */
function fill(owner: TraceBackend, recording: Recording, result: TensorInfo, value: number): TensorInfo {
  owner.disposeData(result.dataId);
  return recording.fill(value, result.shape, supportedDType(result.dtype));
}

function replace(owner: TraceBackend, result: TensorInfo, same: TensorInfo): TensorInfo {
  const fits = result.dtype === same.dtype && result.shape.join() === same.shape.join();
  if (!fits) return result;
  owner.disposeData(result.dataId);
  return owner.share(same);
}
