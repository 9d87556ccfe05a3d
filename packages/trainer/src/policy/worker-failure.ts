/** What an end of the policy's worker means to a user. Running out of memory is the usual reason. */
import { PavlovError } from "@pavlov/core";

/** What V8, ONNX Runtime and the C++ library say where an allocation fails. */
const OUT_OF_MEMORY =
  /out of memory|ERR_WORKER_OUT_OF_MEMORY|bad_?alloc|failed to allocate|allocation failed|invalid typed array length/i;

const LESS_MEMORY =
  "Lower perDeviceTrainBatchSize (and raise gradientAccumulationSteps) or maxCompletionLength, set " +
  "gradientCheckpointing, train an adapter (lora), or take a smaller model.";

/** Turns a failed allocation into a sentence for the user; other errors come back as they are. */
export const explainMemoryError = (error: Error): Error => {
  const code = "code" in error ? String(error.code) : "";
  if (PavlovError.isInstance(error) || !OUT_OF_MEMORY.test(`${code} ${error.message}`)) return error;
  return new PavlovError("The memory is not enough for this model and batch size.", {
    hint: LESS_MEMORY,
    cause: error,
  });
};

/** The worker ended while it was still needed. */
export const workerEnded = (exitCode: number): PavlovError =>
  new PavlovError(`The thread that holds the model ended early (exit code ${exitCode}).`, {
    hint: `It may have run out of memory. ${LESS_MEMORY}`,
  });
