/**
 * A process of its own that tries the GPU beside the CPU and says in a line of JSON what it found: where a driver ends
 * the process, it ends this one.
 */
import { errorMessage } from "@pavlov/core";
import { createOnnxRuntimeEngine } from "../engine/onnxruntime/engine.js";
import { tryEngine } from "./trial.js";

/** Billions of operations a second of both, or why the GPU cannot be used. */
export type WebGpuProbe =
  | { readonly works: true; readonly webgpu: number; readonly cpu: number }
  | { readonly works: false; readonly reason: string };

const probe = async (): Promise<WebGpuProbe> => {
  try {
    const webgpu = await tryEngine(await createOnnxRuntimeEngine({ provider: "webgpu" }));
    const cpu = await tryEngine(await createOnnxRuntimeEngine());
    return { works: true, webgpu, cpu };
  } catch (error) {
    return { works: false, reason: errorMessage(error).replace(/\.$/, "") };
  }
};

const found = await probe();
// At once: a device's threads would keep the process.
process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit(0));
