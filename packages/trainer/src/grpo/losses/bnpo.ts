/** BNPO as TRL has it: the clipped objective, each token of the micro-batch weighing the same. */
import { meanOfLocalTokens } from "./aggregation.js";
import { clippedSurrogate } from "./clipped-surrogate.js";
import type { LossDefinition } from "./types.js";

export const bnpo: LossDefinition = { tokenLoss: clippedSurrogate, aggregate: meanOfLocalTokens };
