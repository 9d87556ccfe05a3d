/** The engine that a run asked for. */
import type { Engine } from "../engine/engine.js";
import { createOnnxRuntimeEngine } from "../engine/onnxruntime/engine.js";
import { createTfjsEngine } from "../engine/tfjs/engine.js";
import { checkEngineChoice } from "./check-choice.js";
import { chooseDevice } from "./choose-device.js";
import type { Device, SkippedDevice } from "./device.js";
import { tryEngine } from "./trial.js";

/** Which runtime computes, and on what. */
export interface EngineChoice {
  /**
   * Default: `auto`, which is decided once in a process's life and kept, whatever becomes of the GPU: a process that lives
   * long names a device to have another.
   */
  readonly device?: Device;
  /** Threads of ONNX Runtime. Default: the machine's cores. */
  readonly threads?: number;
  /** `tfjs` computes kernel by kernel on the backend `backend`, whatever the device. Default: `onnxruntime`. */
  readonly kind?: "onnxruntime" | "tfjs";
  /** A backend of TensorFlow.js. Default: `cpu`. */
  readonly backend?: string;
}

export interface OpenedEngine {
  readonly engine: Engine;
  readonly device: Exclude<Device, "auto">;
  /** Better devices that `auto` did not take. */
  readonly skipped: readonly SkippedDevice[];
}

/** The engine of a device that was named: it is used, or the run fails. */
async function openDevice(device: Exclude<Device, "auto">, threads: number | undefined): Promise<Engine> {
  const engine =
    device === "tfjs-node-gpu"
      ? await createTfjsEngine("tensorflow")
      : await createOnnxRuntimeEngine({ ...(threads === undefined ? {} : { threads }), provider: device });
  if (device === "cpu") return engine;
  try {
    await tryEngine(engine);
    return engine;
  } catch (error) {
    engine.dispose();
    throw error;
  }
}

/**
 * Opens an engine.
 * @throws PavlovError where the choice is wrong or its device does not work; only `auto` goes on with another.
 */
export async function openEngine(choice: EngineChoice): Promise<OpenedEngine> {
  checkEngineChoice(choice);
  const { device = "auto", kind = "onnxruntime", threads, backend = "cpu" } = choice;
  if (kind === "tfjs") {
    if (backend === "tensorflow")
      return { engine: await openDevice("tfjs-node-gpu", threads), device: "tfjs-node-gpu", skipped: [] };
    return { engine: await createTfjsEngine(backend), device: "cpu", skipped: [] };
  }
  if (device !== "auto") return { engine: await openDevice(device, threads), device, skipped: [] };
  const chosen = await chooseDevice();
  return { engine: await openDevice(chosen.device, threads), ...chosen };
}
