/** Decides what a run computes on before its process starts, so that its memory can be estimated and the user told. */
import type { TrainEvent } from "../run/events.js";
import { checkEngineChoice } from "./check-choice.js";
import { chooseDevice, type ChosenDevice } from "./choose-device.js";
import type { EngineChoice } from "./open-engine.js";

let chosen: Promise<ChosenDevice> | undefined;

/**
 * The engine with a device instead of `auto`, which is tried once in a process's life. Says so where a GPU that is here
 * is not used.
 * @throws PavlovError where the choice is wrong.
 */
export async function resolveEngine(
  choice: EngineChoice,
  emit: (event: TrainEvent) => void = () => undefined,
): Promise<EngineChoice> {
  checkEngineChoice(choice);
  const { device = "auto", kind = "onnxruntime" } = choice;
  if (kind === "tfjs" || device !== "auto") return choice;
  chosen ??= chooseDevice();
  const { device: found, skipped } = await chosen;
  for (const { device: other, reason, absent } of skipped) {
    if (!absent)
      emit({ type: "note", message: `Computing on the ${found.toUpperCase()}, not on ${other}: ${reason}.` });
  }
  return { ...choice, device: found };
}

/** Whether what a run holds lies in this machine's memory, whose size is known, and is computed by ONNX Runtime. */
export const isInKnownMemory = ({ device = "auto", kind = "onnxruntime" }: EngineChoice): boolean =>
  kind === "onnxruntime" && (device === "cpu" || device === "auto");
