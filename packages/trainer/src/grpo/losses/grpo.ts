/** GRPO (DeepSeekMath, arXiv 2402.03300): the clipped objective, each completion weighing the same whatever its length. */
import { meanOfSequenceMeans } from "./aggregation.js";
import { clippedSurrogate } from "./clipped-surrogate.js";
import type { LossDefinition } from "./types.js";

export const grpo: LossDefinition = { tokenLoss: clippedSurrogate, aggregate: meanOfSequenceMeans };
