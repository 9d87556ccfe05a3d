/** DAPO (arXiv 2503.14476): the clipped objective, each token of the optimizer step weighing the same. */
import { meanOfBatchTokens } from "./aggregation.js";
import { clippedSurrogate } from "./clipped-surrogate.js";
import type { LossDefinition } from "./types.js";

export const dapo: LossDefinition = { tokenLoss: clippedSurrogate, aggregate: meanOfBatchTokens };
