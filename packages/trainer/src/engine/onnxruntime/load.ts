/** Loads ONNX Runtime's binding when an engine asks for it, so that nothing else needs it. */
import type * as Runtime from "onnxruntime-node";
import { errorMessage, PavlovError } from "@pavlov/core";

export type OnnxRuntime = typeof Runtime;

/**
 * Imports `onnxruntime-node`, whose telemetry is off unless `ORT_DISABLE_TELEMETRY` says otherwise: it keeps files of its
 * own in the folder for temporary ones.
 *
 * @throws PavlovError that says what is missing on this platform.
 */
export async function loadOnnxRuntime(): Promise<OnnxRuntime> {
  process.env["ORT_DISABLE_TELEMETRY"] ??= "1";
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    const reason = errorMessage(cause).split("\n")[0];
    throw new PavlovError(`ONNX Runtime cannot be loaded on ${process.platform} ${process.arch}: ${reason}`, {
      cause,
      hint: "onnxruntime-node has builds for Linux, Windows and Macs with Apple chips; elsewhere choose the engine tfjs.",
    });
  }
}
