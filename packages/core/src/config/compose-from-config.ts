/** Turns the `rewards` and `combine` of a config into a composite; errors stand at the option that is wrong. */
import { compose } from "../compose/compose.js";
import { problemsOfPart } from "../compose/resolve-part.js";
import { use, type AnyUseOptions, type UsedReward } from "../compose/use.js";
import { isReward } from "../define-reward.js";
import { errorMessage, PavlovError } from "../error.js";
import type { Reward } from "../reward.js";
import type { PresetPart } from "../registry/registry.js";
import type { Composite, RewardUse } from "../scorer/types.js";
import type { ConfigPart, ConfigPath } from "./document.js";
import type { LoadedConfig } from "./load-config.js";
import type { RewardsConfig, RewardUseConfig } from "./schemas.js";

/** A reward that a reference stands for, and where a worker can import it from. */
export interface ResolvedReward {
  readonly reward: Reward;
  readonly source?: RewardUse["source"] | undefined;
}

/** Finds the reward that a config names: `math`, `sql/executes`, `./mine.ts#length`. */
export type ResolveReward = (reference: string) => Promise<ResolvedReward> | ResolvedReward;

/** Finds how a worker can import a reward that a config in code gives itself. */
export type LocateReward = (reward: Reward) => Promise<ResolvedReward["source"]>;

/** Finds the rewards of a preset that a config names under `$preset`: `sql/recommended`. */
export type ResolvePreset = (reference: string) => readonly PresetPart[];

/** The options of a config that say what is scored. */
export interface RewardsOfConfig {
  readonly rewards: RewardsConfig;
  readonly combine?: string | undefined;
}

/**
 * The composite that a config describes.
 *
 * @param loaded the config that the rewards come from, so that errors name its line and column
 * @param preset finds what `$preset` names
 * @param locate finds where rewards come from that the config gives itself
 * @throws PavlovError with one line for each option that is wrong, of every reward, or for the expression.
 */
export async function composeFromConfig(
  { rewards, combine }: RewardsOfConfig,
  resolve: ResolveReward,
  loaded?: Pick<LoadedConfig<unknown>, "error">,
  preset?: ResolvePreset,
  locate?: LocateReward,
): Promise<Composite> {
  const { $preset: presets = [], ...own } = rewards;
  const uses = presetUses([presets].flat(), own, combine !== undefined, preset, loaded);
  const parts: Record<string, UsedReward> = {};
  const failures: PavlovError[] = [];
  for (const [name, { config, path }] of uses) {
    try {
      const part = await resolveUse(name, config, path, { resolve, locate, loaded });
      failures.push(...problemsAt(name, part, path, combine !== undefined, loaded));
      parts[name] = part;
    } catch (error) {
      if (!PavlovError.isInstance(error)) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw joined(failures);
  try {
    return compose(parts, combine === undefined ? {} : { combine });
  } catch (error) {
    throw at(combine === undefined ? ["rewards"] : ["combine"], error, loaded);
  }
}

/** One reward, and where the config names it. */
interface PlacedUse {
  readonly config: RewardUseConfig;
  readonly path: ConfigPath;
}

/** The rewards of the presets and then the config's own, which take the places of those of their names. */
function presetUses(
  presets: readonly string[],
  own: Readonly<Record<string, RewardUseConfig>>,
  combined: boolean,
  preset: ResolvePreset | undefined,
  loaded: Pick<LoadedConfig<unknown>, "error"> | undefined,
): ReadonlyMap<string, PlacedUse> {
  const uses = new Map<string, PlacedUse>();
  const origins = new Map<string, string>();
  const refuse = (error: unknown): PavlovError => at(["rewards", "$preset"], error, loaded, { part: "value" });
  for (const reference of presets) {
    let found: readonly PresetPart[];
    try {
      if (preset === undefined) throw new PavlovError(`There are no presets here to find "${reference}" among.`);
      found = preset(reference);
    } catch (error) {
      throw refuse(error);
    }
    for (const { name: rewardName, use: full, weight, ...rest } of found) {
      const name = rewardName.replace(/-+(\w?)/g, (_, next: string) => next.toUpperCase());
      const other = origins.get(name);
      if (other !== undefined && !Object.hasOwn(own, name)) {
        throw refuse(
          new PavlovError(`The presets ${other} and ${reference} both have a reward that is called ${name} here.`, {
            hint: `Say which: ${name}: { use: ${full} }.`,
          }),
        );
      }
      origins.set(name, reference);
      // An expression says itself how much each reward counts.
      const weighted = weight === undefined || combined ? {} : { weight };
      uses.set(name, { config: { use: full, ...rest, ...weighted } as RewardUseConfig, path: ["rewards", "$preset"] });
    }
  }
  for (const [name, config] of Object.entries(own)) uses.set(name, { config, path: ["rewards", name] });
  return uses;
}

interface Finders {
  readonly resolve: ResolveReward;
  readonly locate: LocateReward | undefined;
  readonly loaded: Pick<LoadedConfig<unknown>, "error"> | undefined;
}

async function resolveUse(
  name: string,
  { use: reference, ...options }: RewardUseConfig,
  path: ConfigPath,
  { resolve, locate, loaded }: Finders,
): Promise<UsedReward> {
  let found: ResolvedReward;
  try {
    found = isReward(reference) ? { reward: reference, source: await locate?.(reference) } : await resolve(reference);
  } catch (error) {
    throw at([...path, "use"], error, loaded, { part: "value", prefix: `Reward "${name}": ` });
  }
  const { reward, source } = found;
  return use(reward, { ...present(options), ...(source === undefined ? {} : { source }) });
}

/** Everything that is wrong with how a reward is used, each where it stands. */
function problemsAt(
  name: string,
  part: UsedReward,
  path: ConfigPath,
  combined: boolean,
  loaded: Pick<LoadedConfig<unknown>, "error"> | undefined,
): readonly PavlovError[] {
  try {
    return problemsOfPart(name, part, combined).map(({ path: below, message, hint }) =>
      at([...path, ...below], new PavlovError(message, { hint }), loaded),
    );
  } catch (error) {
    return [at(path, error, loaded)];
  }
}

function present(options: Omit<RewardUseConfig, "use">): AnyUseOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function at(
  path: ConfigPath,
  thrown: unknown,
  loaded: Pick<LoadedConfig<unknown>, "error"> | undefined,
  { part, prefix = "" }: { readonly part?: ConfigPart; readonly prefix?: string } = {},
): PavlovError {
  const hint = PavlovError.isInstance(thrown) ? thrown.hint : undefined;
  const message = `${prefix}${errorMessage(thrown)}`;
  if (loaded === undefined) return new PavlovError(message, { hint, cause: thrown });
  return loaded.error(path, message, { part, hint, cause: thrown });
}

function joined(failures: readonly PavlovError[]): PavlovError {
  const [first] = failures;
  if (first !== undefined && failures.length === 1) return first;
  const lines = failures.map(({ message, hint }) => (hint === undefined ? message : `${message} ${hint}`));
  return new PavlovError(lines.join("\n"), { location: first?.location, cause: first });
}
