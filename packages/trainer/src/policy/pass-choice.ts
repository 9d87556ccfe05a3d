/** When a model's layers run one by one in training, and when the whole model is one program. */
import type { PassChoice } from "./training-pass.js";

/**
 * Models of more parameters than this run layer by layer. Below it one program is faster: a layer's products are so
 * small that handing activations from program to program costs more than a shared prompt saves.
 */
const LARGEST_WHOLE = 16_000_000;

/** Whether a model of so many parameters runs layer by layer; checkpointing needs it. */
export const layersRunOneByOne = (choice: PassChoice, parameters: number, checkpointing: boolean): boolean =>
  choice === "auto" ? checkpointing || parameters > LARGEST_WHOLE : choice === "layered";
