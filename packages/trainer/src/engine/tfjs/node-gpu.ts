/** Loads the optional package that runs TensorFlow.js on CUDA, when a user asks for it. */
import util from "node:util";
import { errorMessage, PavlovError } from "@pavlov/core";

const packageName = "@tensorflow/tfjs-node-gpu";

/** What Node 23 took away and tfjs-node 4.22 still calls. */
const removedFromNode: Readonly<Record<string, (value: unknown) => boolean>> = {
  isNullOrUndefined: (value) => value === null || value === undefined,
  isArray: Array.isArray,
};

/**
 * Imports `@tensorflow/tfjs-node-gpu`, which registers the backend `tensorflow`.
 *
 * @throws PavlovError where the package is missing or does not load.
 */
export async function loadNodeGpu(): Promise<void> {
  const functions = util as unknown as Record<string, unknown>;
  for (const [name, restored] of Object.entries(removedFromNode)) functions[name] ??= restored;
  try {
    await import(packageName);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND";
    throw new PavlovError(
      missing
        ? `the backend "tensorflow" needs ${packageName}`
        : `${packageName} does not load: ${errorMessage(cause)}`,
      {
        cause,
        hint: `Install it with npm install ${packageName}, on a machine with CUDA, or use the engine onnxruntime.`,
      },
    );
  }
}
