/** `definePlugin`: the rewards of one npm package or file under one namespace. After ESLint's and Vite's plugins. */
import { isReward } from "./define-reward.js";
import { PavlovError } from "./error.js";
import { suggestion } from "./nearest-name.js";
import type { Reward } from "./reward.js";

/** The version of the contract between this package and plugins. A plugin of another version is refused. */
export const pluginApiVersion = 1;

/** The namespace of the built-in rewards, which a reference may leave out. */
export const builtInNamespace = "pavlov";

/** How a preset uses one reward: what a config file would say under it. */
export interface PresetUse {
  readonly weight?: number;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly columns?: Readonly<Record<string, string>>;
}

/** A plugin as the registry sees it. Made by {@link definePlugin}. */
export interface Plugin<
  Rewards extends { readonly [Key in keyof Rewards]: Reward } = Readonly<Record<string, Reward>>,
> {
  readonly apiVersion: number;
  readonly namespace: string;
  readonly rewards: Rewards;
  readonly presets: Readonly<Record<string, Readonly<Record<string, PresetUse>>>>;
}

/** The key of each reward must be its own name; where it is not, the type is a sentence that says so. */
type OwnNames<Rewards> = {
  readonly [Key in keyof Rewards]: Rewards[Key] extends Reward<infer Name>
    ? Name extends Key
      ? unknown
      : `the key must be the reward's own name, "${Name}"`
    : Reward;
};

const namespacePattern = /^[a-z][a-z0-9-]*$/;

/**
 * Bundles rewards under a namespace: the reward `executes` of the namespace `sql` is used as `sql/executes`.
 *
 * @throws PavlovError when the namespace is malformed, a key is not its reward's name, or a preset names no reward.
 */
export function definePlugin<const Rewards extends { readonly [Key in keyof Rewards]: Reward }>(spec: {
  readonly namespace: string;
  readonly rewards: Rewards & OwnNames<Rewards>;
  readonly presets?: Readonly<Record<string, { readonly [Key in keyof Rewards]?: PresetUse }>>;
}): Plugin<Rewards> {
  const { namespace } = spec;
  if (typeof namespace !== "string" || !namespacePattern.test(namespace)) {
    throw new PavlovError(
      `${JSON.stringify(namespace)} is not a plugin's namespace: it must be lower-case letters, digits and -.`,
    );
  }
  const names = Object.keys(spec.rewards);
  for (const [key, reward] of Object.entries<unknown>(spec.rewards)) {
    if (!isReward(reward)) {
      throw new PavlovError(`Plugin "${namespace}": "${key}" is not a reward. Make it with defineReward.`);
    }
    if (reward.name !== key) {
      throw new PavlovError(`Plugin "${namespace}": the key "${key}" must be the reward's own name, "${reward.name}".`);
    }
  }
  const presets = (spec.presets ?? {}) as Plugin["presets"];
  for (const [preset, uses] of Object.entries(presets)) {
    for (const key of Object.keys(uses)) {
      if (names.includes(key)) continue;
      throw new PavlovError(
        `Plugin "${namespace}": the preset "${preset}" names the reward "${key}", which the plugin does not have.` +
          suggestion(key, names),
      );
    }
  }
  return Object.freeze({ apiVersion: pluginApiVersion, namespace, rewards: spec.rewards, presets });
}

/** True for what {@link definePlugin} made, in this or another installed version of this package. */
export function isPlugin(value: unknown): value is Plugin {
  if (typeof value !== "object" || value === null) return false;
  const { apiVersion, namespace, rewards } = value as Partial<Plugin>;
  return typeof apiVersion === "number" && typeof namespace === "string" && typeof rewards === "object";
}
