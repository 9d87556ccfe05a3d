/** Rewards as the record of a run and a lock file hold them: what scored, with which settings, and whose code it is. */
import { compose } from "../compose/compose.js";
import { use } from "../compose/use.js";
import type { Reward } from "../reward.js";
import { isComposite } from "../scorer/plan.js";
import { createRedactor, readsSecrets } from "../scorer/redact.js";
import type { Composite, RewardUse } from "../scorer/types.js";
import { identifySource, type FileSource, type PackageSource } from "./identify-source.js";

/** One reward of a composite. Where its code is known it has `package` and `version`, or `file`, and `integrity`. */
export interface RewardRecord extends Partial<PackageSource>, Partial<Omit<FileSource, "integrity">> {
  /** The reward's own name. */
  readonly reward: string;
  /** What the reward calls its own version. */
  readonly rewardVersion?: string;
  /** The name under which the module exports it, where that is not the reward's own. */
  readonly exportName?: string;
  readonly weight: number;
  /** Reward column -> dataset column. */
  readonly columns: Readonly<Record<string, string>>;
  /** Defaults applied. Values of environment variables that the reward names are replaced by their names. */
  readonly params: object;
  /** Of a nested composite. */
  readonly parts?: Readonly<Record<string, RewardRecord>>;
  readonly combine?: string;
}

/** All rewards of a run, presets expanded. */
export interface RewardsRecord {
  readonly parts: Readonly<Record<string, RewardRecord>>;
  readonly combine?: string;
}

/**
 * Describes rewards, nested ones too. One reward is described as a composite of it.
 *
 * @param base the folder that names of local files start from
 */
export async function recordRewards(rewards: Reward | Composite, base: string = process.cwd()): Promise<RewardsRecord> {
  return recordComposite(isComposite(rewards) ? rewards : compose({ [rewards.name]: use(rewards) }), base);
}

async function recordComposite({ parts, combine }: Composite, base: string): Promise<RewardsRecord> {
  const recorded = Object.entries(parts).map(async ([name, part]) => [name, await recordUse(part, base)] as const);
  return { parts: Object.fromEntries(await Promise.all(recorded)), ...(combine === undefined ? {} : { combine }) };
}

async function recordUse({ reward, weight, columns, params, source }: RewardUse, base: string): Promise<RewardRecord> {
  const { name, version } = reward;
  const code = source && (await identifySource(source, base));
  return {
    reward: name,
    ...(version === undefined ? {} : { rewardVersion: version }),
    ...code,
    ...(code && source && source.exportName !== name ? { exportName: source.exportName } : {}),
    ...{ weight, columns, params: withoutSecrets(params, reward) },
    ...(isComposite(reward) ? await recordComposite(reward, base) : {}),
  };
}

/** Secrets belong into the environment; what of it was written into the params all the same goes into no file. */
function withoutSecrets(params: object, reward: Reward): object {
  if (!readsSecrets(reward)) return params;
  const named = [...reward.env, ...reward.envIfPresent].flatMap((name): [string, string][] => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const redact = createRedactor(Object.fromEntries(named));
  return JSON.parse(JSON.stringify(params), (_, value: unknown) =>
    typeof value === "string" ? redact(value) : value,
  ) as object;
}
