/** Policy losses over tensors: what the trainer's programs compile. */
export { policyLoss } from "./policy-loss.js";
export type { LossType, PolicyLossInputs, PolicyLossOptions, PolicyLossResult } from "./types.js";
