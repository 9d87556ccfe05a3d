/** Chooses what computes forward and backward passes: by the caller's word, or by the model's size. */
import { elementCount } from "../model/parameters.js";
import { createLayeredPass } from "./layered/layered-pass.js";
import type { PassChoice, TrainingPass, TrainingPassOptions } from "./training-pass.js";
import { createWholePass } from "./whole-pass.js";

/**
 * Models of more parameters than this run layer by layer. Below it one program is faster: a layer's products are so
 * small that handing activations from program to program costs more than a shared prompt saves.
 */
const LARGEST_WHOLE = 16_000_000;

/** The pass that `choice` names; `auto` takes the layered one for large models, and wherever checkpointing is on. */
export const createTrainingPass = (options: TrainingPassOptions, choice: PassChoice = "auto"): TrainingPass => {
  const size = Object.values(options.parameters).reduce((sum, shape) => sum + elementCount(shape), 0);
  const layered = choice === "auto" ? options.checkpointing === true || size > LARGEST_WHOLE : choice === "layered";
  return layered ? createLayeredPass(options) : createWholePass(options);
};
