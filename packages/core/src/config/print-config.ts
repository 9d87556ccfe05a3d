/** Prints a resolved config as YAML, defaults included. */
import { stringify } from "yaml";
import { isReward } from "../define-reward.js";

/**
 * The config as YAML text. Options without a value are left out; rewards that a program's config holds themselves
 * print as their name, for they have no reference.
 */
export function printConfig(config: unknown): string {
  return stringify(toPlain(config), { lineWidth: 0, aliasDuplicateObjects: false });
}

function toPlain(value: unknown): unknown {
  if (isReward(value)) return value.name;
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined && typeof entry !== "function");
    return Object.fromEntries(entries.map(([key, entry]) => [key, toPlain(entry)]));
  }
  return value;
}
