/** Keeps the secrets that a reward reads from its environment out of messages, logs and reasons. */

import type { Reward } from "../reward.js";

/** True for a reward that is given environment variables. */
export function readsSecrets({ env, envIfPresent }: Pick<Reward, "env" | "envIfPresent">): boolean {
  return env.length + envIfPresent.length > 0;
}

/** A function that replaces every secret value by its variable's name in brackets. */
export function createRedactor(env: Readonly<Record<string, string>>): (text: string) => string {
  // Longest first: one secret may contain another. Short values ("1", "on") are settings, and would riddle the text.
  const secrets = Object.entries(env)
    .filter(([, value]) => value.length >= 6)
    .sort(([, left], [, right]) => right.length - left.length);
  return (text) => secrets.reduce((cleaned, [name, value]) => cleaned.replaceAll(value, () => `[${name}]`), text);
}
