/** The whole set of attacks on one row: some 250, in kinds that the literature on reward hacking and bug reports name. */
import type { Attack, Target } from "../attack.js";
import { hedgingAttacks } from "./hedges.js";
import { tricks } from "./tricks.js";
import { attacksWithoutContent } from "./without-content.js";

/**
 * Completions for one row that no reward should pay for: the same ones each time. Several are 100,000 characters long.
 * Each says whether it holds the right answer, and what it has to earn to be an exploit.
 */
export function attacksOn(target: Target): readonly Attack[] {
  return [...attacksWithoutContent(target), ...tricks(target), ...hedgingAttacks(target)];
}
