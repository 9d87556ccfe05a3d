/** `describePlugin`: what a plugin's rewards are, as plain JSON that can be read without running the plugin's code. */
import type { Plugin, PresetUse } from "../plugin.js";
import type { Need, Range, ReadKey, Reward, RewardScope } from "../reward.js";
import { type JsonSchema, toJsonSchema } from "../schema/json-schema.js";
import { validateSync } from "../schema/validate.js";
import { manifestId } from "./manifest-schema.js";

/** One reward of a manifest. */
export interface RewardManifest {
  readonly name: string;
  readonly description: string;
  /** The reward's own version, where it has one. */
  readonly version?: string;
  /** What rows must and may have, as draft-07 JSON Schema. */
  readonly columns: JsonSchema;
  /** Settings with their defaults, as draft-07 JSON Schema. */
  readonly params: JsonSchema;
  readonly reads: readonly ReadKey[];
  readonly readsIfPresent: readonly ReadKey[];
  /** Under the params' defaults; null where a param must be given. */
  readonly range: Range | null;
  /** What one call scores. */
  readonly scope: RewardScope;
  readonly deterministic: boolean;
  readonly cacheable: boolean;
  readonly env: readonly string[];
  readonly envIfPresent: readonly string[];
  readonly needs: readonly Need[];
  /** Rows of the reward's fixtures. */
  readonly fixtures: number;
  /** Where more is written about it: an address. */
  readonly docs?: string;
}

/** What `manifest.json` of a plugin's package holds. */
export interface PluginManifest {
  /** What the manifest is: {@link manifestId}. */
  readonly $schema: string;
  readonly apiVersion: number;
  readonly namespace: string;
  /** The package's version, where it is known. */
  readonly version?: string;
  /** By name, in the plugin's order. */
  readonly rewards: Readonly<Record<string, RewardManifest>>;
  readonly presets: Readonly<Record<string, Readonly<Record<string, PresetUse>>>>;
}

/** What the plugin itself does not know. */
export interface DescribeOptions {
  /** The package's version. */
  readonly version?: string;
  /** How many fixtures each reward has, by its name; 0 where it is left out. */
  readonly fixtures?: Readonly<Record<string, number>>;
  /** Where more is written about the rewards: the package's homepage. */
  readonly docs?: string;
}

/**
 * The manifest of a plugin.
 *
 * @throws PavlovError when JSON Schema cannot say what a reward's columns or params are.
 */
export function describePlugin(plugin: Plugin, options: DescribeOptions = {}): PluginManifest {
  const { version, fixtures = {}, docs } = options;
  const rewards = Object.entries(plugin.rewards).map(
    ([name, reward]) => [name, describeReward(reward, fixtures[name] ?? 0, docs)] as const,
  );
  return {
    $schema: manifestId,
    apiVersion: plugin.apiVersion,
    namespace: plugin.namespace,
    ...(version !== undefined && { version }),
    rewards: Object.fromEntries(rewards),
    presets: plugin.presets,
  };
}

function describeReward(reward: Reward, fixtures: number, docs: string | undefined): RewardManifest {
  const { name, description, version, reads, readsIfPresent, scope, deterministic, cacheable } = reward;
  return {
    name,
    description,
    ...(version !== undefined && { version }),
    columns: toJsonSchema(reward.columns),
    params: toJsonSchema(reward.params),
    reads,
    readsIfPresent,
    range: defaultRange(reward),
    scope,
    deterministic,
    cacheable,
    env: reward.env,
    envIfPresent: reward.envIfPresent,
    needs: reward.needs,
    fixtures,
    ...(docs !== undefined && { docs }),
  };
}

function defaultRange(reward: Reward): Range | null {
  const params = validateSync(reward.params, {});
  return params.ok ? reward.range(params.value) : null;
}
