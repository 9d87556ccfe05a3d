/** The loss types. To add one: a file beside this one, its name in `LOSS_TYPES`, and a line here. */
import { bnpo } from "./bnpo.js";
import { cispo } from "./cispo.js";
import { dapo } from "./dapo.js";
import { drGrpo } from "./dr-grpo.js";
import { grpo } from "./grpo.js";
import { luspo } from "./luspo.js";
import { sapo } from "./sapo.js";
import type { LossDefinition, LossType } from "./types.js";
import { vespo } from "./vespo.js";

export const LOSSES: Readonly<Record<LossType, LossDefinition>> = {
  grpo,
  dr_grpo: drGrpo,
  dapo,
  bnpo,
  cispo,
  sapo,
  luspo,
  vespo,
};
