/** Rewards of a config that is a program, as code gives them: alone, with `use`, or bound to a dataset by its `use`. */
import type { UsedReward } from "../compose/use.js";
import { isReward } from "../define-reward.js";
import type { Reward } from "../reward.js";

/** What may stand under a name in `rewards` of a program's config, beside what a file may say. */
export type RewardInCode = UsedReward | Reward;

/** The config with each of its rewards written as files write them: `{ use, weight, columns, params, … }`. */
export function asWritten(config: unknown): unknown {
  const { rewards } = isObject(config) ? config : {};
  if (!isObject(rewards)) return config;
  const written = Object.entries(rewards).map(([name, given]) => [name, inFile(given)]);
  return { ...(config as object), rewards: Object.fromEntries(written) };
}

function inFile(given: unknown): unknown {
  if (isReward(given)) return { use: given };
  if (!isUsed(given)) return given;
  const options = Object.entries(given.options).filter(([, value]) => value !== undefined);
  return { use: given.reward, ...Object.fromEntries(options) };
}

function isUsed(given: unknown): given is UsedReward {
  return isObject(given) && !("use" in given) && isReward(given["reward"]) && isObject(given["options"]);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
