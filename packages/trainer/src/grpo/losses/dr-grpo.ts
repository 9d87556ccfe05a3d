/** Dr. GRPO (arXiv 2503.20783): the clipped objective, divided by a constant instead of a length. */
import { sumOverMaximumLength } from "./aggregation.js";
import { clippedSurrogate } from "./clipped-surrogate.js";
import type { LossDefinition } from "./types.js";

export const drGrpo: LossDefinition = { tokenLoss: clippedSurrogate, aggregate: sumOverMaximumLength };
