/** LUSPO (arXiv 2602.05261): the clipped objective at sequence level, each completion weighed by its length. */
import { meanOfSequenceSums } from "./aggregation.js";
import { clippedSurrogate } from "./clipped-surrogate.js";
import type { LossDefinition } from "./types.js";

export const luspo: LossDefinition = { tokenLoss: clippedSurrogate, aggregate: meanOfSequenceSums };
