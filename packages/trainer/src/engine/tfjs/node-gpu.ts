/** Loads the optional package that runs TensorFlow.js on CUDA, when a user asks for it. */
import * as tf from "@tensorflow/tfjs";
import { createRequire } from "node:module";
import util from "node:util";
import { nodeBackendName, withoutWarnings } from "./backend.js";
import { explainLoadFailure, folderMissing, noGpu, packageMissing } from "./node-gpu-errors.js";
import { findNodeGpuFolder, nodeGpuAddon } from "./node-gpu-folder.js";

/** What Node 23 took away, or announces as deprecated where it is called, and tfjs-node 4.22 still calls. */
const removedFromNode: Readonly<Record<string, (value: unknown) => boolean>> = {
  isNullOrUndefined: (value) => value === null || value === undefined,
  isArray: Array.isArray,
};

/**
 * What TensorFlow reads when its library is loaded; a variable that is set stays. It takes a GPU's memory as it needs it
 * instead of all at once, says warnings and errors, and multiplies float32 numbers as such: with TF32, 10 bits of each
 * are left. oneDNN, which speeds up processors alone, is announced on standard error where it is not switched off.
 */
export const tensorflowEnvironment: Readonly<Record<string, string>> = {
  TF_FORCE_GPU_ALLOW_GROWTH: "true",
  TF_CPP_MIN_LOG_LEVEL: "1",
  NVIDIA_TF32_OVERRIDE: "0",
  TF_ENABLE_ONEDNN_OPTS: "0",
};

/** Lets it compute on the CPU, where there is no GPU: for tests. */
const cpuVariable = "PAVLOV_TFJS_NODE_CPU";

/**
 * Loads `@tensorflow/tfjs-node-gpu`, which registers the backend `tensorflow` and makes it the active one.
 *
 * @throws PavlovError where the package is missing, does not load, or finds no GPU and `PAVLOV_TFJS_NODE_CPU` is not 1.
 */
export function loadNodeGpu(): void {
  if (tf.findBackendFactory(nodeBackendName) === null) load();
  const backend = tf.findBackend(nodeBackendName) as { readonly isUsingGpuDevice?: boolean } | null;
  if (backend?.isUsingGpuDevice !== true && process.env[cpuVariable] !== "1") throw noGpu();
}

function load(): void {
  const folder = findNodeGpuFolder();
  if (folder === null) throw packageMissing();
  if (nodeGpuAddon(folder) === null) throw folderMissing(folder);
  const functions = util as unknown as Record<string, unknown>;
  for (const [name, restored] of Object.entries(removedFromNode)) functions[name] = restored;
  for (const [name, value] of Object.entries(tensorflowEnvironment)) process.env[name] ??= value;
  try {
    // A second copy of TensorFlow.js, beside a package elsewhere, says of each kernel that it is there already.
    withoutWarnings(() => createRequire(import.meta.url)(folder) as unknown);
  } catch (cause) {
    throw explainLoadFailure(cause);
  }
}
