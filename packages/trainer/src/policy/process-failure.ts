/** What the end of the process that holds the model means to a user. Running out of memory is the usual reason. */
import { PavlovError } from "@pavlov/core";
import type { Device } from "../device/device.js";

/** What V8, ONNX Runtime and the C++ library say where an allocation fails. */
const OUT_OF_MEMORY = /out of memory|bad_?alloc|failed to allocate|allocation failed|invalid typed array length/i;

const LESS_MEMORY =
  "Lower perDeviceTrainBatchSize (and raise gradientAccumulationSteps) or maxCompletionLength, set " +
  "gradientCheckpointing, train an adapter (lora), or take a smaller model.";

/** Turns a failed allocation into a sentence for the user; other errors come back as they are. */
export const explainMemoryError = (error: Error): Error => {
  if (PavlovError.isInstance(error) || !OUT_OF_MEMORY.test(error.message)) return error;
  return new PavlovError("The memory is not enough for this model and batch size.", {
    hint: LESS_MEMORY,
    cause: error,
  });
};

/**
 * Signals that few but memory's end send: SIGKILL comes from the kernel, which takes the largest process where none is
 * left, and SIGABRT from V8 and the C++ library, which give up where they get none.
 */
const MEMORY_SIGNALS: Readonly<Partial<Record<NodeJS.Signals, string>>> = { SIGKILL: "was killed", SIGABRT: "gave up" };

/** Signals that end a process which did what no program may: on a GPU that is in its driver, as a rule. */
const CRASH_SIGNALS: ReadonlySet<string> = new Set(["SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGTRAP"]);

/** Windows has no signals: exit codes from this one on say the same. */
const WINDOWS_CRASHES = 0xc000_0000;

const UPDATE_DRIVER = "update the driver where this happens again, or choose device: cpu.";

/** The process ended while it was still needed. */
export const processEnded = (
  exitCode: number | null,
  signal: NodeJS.Signals | null,
  device: Device = "cpu",
): PavlovError => {
  const onGpu = device !== "cpu" && device !== "auto";
  const how = signal ?? `exit code ${exitCode}`;
  const isCrash = signal === null ? (exitCode ?? 0) >= WINDOWS_CRASHES : CRASH_SIGNALS.has(signal);
  if (onGpu && isCrash) {
    return new PavlovError(`The process that holds the model crashed (${how}), most likely in the GPU's driver.`, {
      hint: `A training goes on from its last checkpoint, if it has one, with --resume; ${UPDATE_DRIVER} Or memory ran out. ${LESS_MEMORY}`,
    });
  }
  const hint = onGpu ? `${LESS_MEMORY} Or the GPU's driver ended it: ${UPDATE_DRIVER}` : LESS_MEMORY;
  const ending = signal === null ? undefined : MEMORY_SIGNALS[signal];
  if (ending !== undefined) {
    return new PavlovError(
      `The process that holds the model ${ending} (${signal}), most likely because memory ran out.`,
      { hint },
    );
  }
  return new PavlovError(`The process that holds the model ended early (${how}).`, {
    hint: `It may have run out of memory. ${hint}`,
  });
};

/** The system refused to start the process. */
export const processNotStarted = (error: Error): PavlovError =>
  new PavlovError(`The process that holds the model could not be started: ${error.message}.`, {
    hint: "The system may have no memory left, or allow no more processes or open files.",
    cause: error,
  });
