/** Finds rewards among a module's exports: named exports, a default reward, and the rewards of a default plugin. */
import { isReward } from "../define-reward.js";
import { isPlugin } from "../plugin.js";
import type { Reward } from "../reward.js";
import type { ModuleExports } from "./import-module.js";

/** What {@link findReward} answers to. The first of a name counts: exports before a plugin's rewards. */
export interface FoundReward {
  readonly exportName: string;
  readonly reward: Reward;
}

/** Every reward of a module, each once. */
export function listRewards(exports: ModuleExports): readonly FoundReward[] {
  const found: FoundReward[] = [];
  const add = (exportName: string, value: unknown) => {
    if (isReward(value) && !found.some(({ reward }) => reward === value)) found.push({ exportName, reward: value });
  };
  const { default: main, ...named } = exports;
  for (const [name, value] of Object.entries(named)) add(name, value);
  if (isReward(main)) add(main.name, main);
  for (const plugin of [main, ...Object.values(named)]) {
    if (isPlugin(plugin)) for (const [name, value] of Object.entries(plugin.rewards)) add(name, value);
  }
  return found;
}

/** The reward of a name: of an export, or a reward's own name. A found reward's `exportName` finds it again. */
export function findReward(exports: ModuleExports, name: string): FoundReward | undefined {
  const all = listRewards(exports);
  const byName = all.find(({ exportName }) => exportName === name) ?? all.find(({ reward }) => reward.name === name);
  if (byName) return byName;
  // One reward under two exports is listed under the first.
  const value = Object.hasOwn(exports, name) ? exports[name] : undefined;
  return isReward(value) ? { exportName: name, reward: value } : undefined;
}
