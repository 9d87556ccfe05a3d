/** Chooses what computes forward and backward passes: by the caller's word, or by the model's size. */
import { elementCount } from "../model/parameters.js";
import { createLayeredPass } from "./layered/layered-pass.js";
import { layersRunOneByOne } from "./pass-choice.js";
import type { PassChoice, TrainingPass, TrainingPassOptions } from "./training-pass.js";
import { createWholePass } from "./whole-pass.js";

/** The pass that `choice` names; `auto` takes the layered one for large models, and wherever checkpointing is on. */
export const createTrainingPass = (options: TrainingPassOptions, choice: PassChoice = "auto"): TrainingPass => {
  const size = Object.values(options.parameters).reduce((sum, shape) => sum + elementCount(shape), 0);
  // Layers that share programs have their weights as inputs, which such an engine copies at every run.
  const wanted = choice === "auto" && options.engine.copiesInputs === true && !options.checkpointing ? "whole" : choice;
  const layered = layersRunOneByOne(wanted, size, options.checkpointing === true);
  return layered ? createLayeredPass(options) : createWholePass(options);
};
