/** Policy losses over tensors: what the trainer's programs compile. */
export { policyLoss } from "./policy-loss.js";
export { combineLossMetrics, isCount } from "./combine-metrics.js";
export { entropyThreshold } from "./entropy-mask.js";
export { LOSSES } from "./registry.js";
export { IMPORTANCE_SAMPLING_LEVELS, LOSS_TYPES } from "./types.js";
export type {
  ImportanceSamplingLevel,
  LossDefinition,
  LossType,
  PolicyLossInputs,
  PolicyLossOptions,
  PolicyLossResult,
} from "./types.js";
