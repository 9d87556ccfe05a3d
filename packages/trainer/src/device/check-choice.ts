/** What is wrong with a choice of engine, before anything is opened for it. JavaScript gives what types would refuse. */
import { PavlovError } from "@pavlov/core";
import { type Device, DEVICES } from "./device.js";
import type { EngineChoice } from "./open-engine.js";

const KINDS = ["onnxruntime", "tfjs"] as const;

const requireOneOf = (option: string, value: unknown, known: readonly string[]): void => {
  if (known.some((name) => name === value)) return;
  const given = typeof value === "string" ? `"${value}"` : String(value);
  throw new PavlovError(`${option} is ${given}, which is none of ${known.join(", ")}.`, {
    hint: `Choose one of them, or leave ${option} out.`,
  });
};

/** @throws PavlovError where a name is not known, or the device is not the one that the engine computes on. */
export function checkEngineChoice(choice: EngineChoice): void {
  const { device = "auto", kind = "onnxruntime", backend = "cpu" } = choice;
  requireOneOf("engine.device", device, DEVICES);
  requireOneOf("engine.kind", kind, KINDS);
  if (kind !== "tfjs" || device === "auto") return;
  if (device !== "cpu") {
    throw new PavlovError(`engine.kind is tfjs, but device is ${device}.`, {
      hint: "Leave one of them out: device chooses the engine that computes there.",
    });
  }
  if (backend === "tensorflow") {
    throw new PavlovError("engine.backend is tensorflow, which computes on a GPU, but device is cpu.", {
      hint: "Leave engine out for the CPU, or choose device: tfjs-node-gpu without it.",
    });
  }
}

/** Devices that have rollouts in 8 bits; `auto` takes one of them. */
const INT8_DEVICES: readonly Device[] = ["auto", "cpu", "webgpu"];

/** What is wrong with rollouts of a precision on a device, or undefined. */
export function precisionProblem(
  { device = "auto", kind = "onnxruntime" }: EngineChoice,
  precision: "float32" | "int8",
): string | undefined {
  if (precision === "float32" || kind === "tfjs" || INT8_DEVICES.includes(device)) return undefined;
  return (
    `rollout.precision is int8, which the device ${device} does not have: choose device: cpu or webgpu, ` +
    "or leave rollout.precision out."
  );
}
