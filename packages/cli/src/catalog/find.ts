/** What a text means among a project's rewards: a reward, a preset, or a plugin by its namespace or package. */
import { PavlovError, suggestion, type PresetUse } from "@pavlov/core";
import {
  formatProblem,
  otherProblems,
  parseReference,
  problemsOfNamespace,
  suggestReference,
  type PluginProblem,
} from "@pavlov/core/plugins";
import { type Catalog, type CatalogPlugin, type CatalogReward, fullName, rewardsOf } from "./catalog.js";

export type Found =
  | { readonly kind: "reward"; readonly reward: CatalogReward }
  | {
      readonly kind: "preset";
      /** `sql/recommended` */
      readonly name: string;
      readonly plugin: CatalogPlugin;
      readonly uses: Readonly<Record<string, PresetUse>>;
    }
  | { readonly kind: "plugin"; readonly plugin: CatalogPlugin };

/**
 * Finds `math`, `sql/executes`, `sql/recommended`, `sql`, `pavlov-reward-sql` and `pavlov-reward-sql#executes`.
 *
 * @throws PavlovError where there is none: with what was probably meant, or with why what was meant cannot be used.
 */
export function findInCatalog(catalog: Catalog, text: string): Found {
  const { plugins, problems } = catalog;
  const [from, rewardName] = splitLast(text, "#");
  const byPackage = plugins.find(({ package: { name } }) => name === from);
  if (byPackage && rewardName === undefined) return { kind: "plugin", plugin: byPackage };
  if (byPackage) return rewardIn(byPackage, rewardName ?? "", text);
  const [namespace, name] = splitLast(text, "/");
  const plugin = plugins.find(({ isBuiltIn, manifest }) =>
    name === undefined ? isBuiltIn : manifest.namespace === namespace,
  );
  const problem =
    problems.find((one) => one.namespace === text || withoutVersion(one.package) === from) ??
    (plugin === undefined ? problemsOfNamespace(namespace, problems)[0] : undefined);
  if (problem) throw unusable(problem);

  const own = name ?? text;
  if (plugin && Object.hasOwn(plugin.manifest.rewards, own)) return rewardIn(plugin, own, text);
  const uses = plugin && Object.hasOwn(plugin.manifest.presets, own) ? plugin.manifest.presets[own] : undefined;
  if (plugin && uses) return { kind: "preset", name: fullName(plugin, own), plugin, uses };
  const byNamespace = plugins.find(({ manifest }) => manifest.namespace === text);
  if (byNamespace) return { kind: "plugin", plugin: byNamespace };
  throw unknown(catalog, text);
}

function rewardIn(plugin: CatalogPlugin, name: string, text: string): Found {
  const rewards = rewardsOf(plugin);
  const reward = rewards.find(({ manifest }) => manifest.name === name);
  if (reward) return { kind: "reward", reward };
  const names = rewards.map(({ manifest }) => manifest.name);
  throw new PavlovError(`There is no reward ${JSON.stringify(text)}.${suggestion(name, names)}`, {
    hint: `${plugin.package.name} has ${names.join(", ")}.`,
  });
}

function unusable(problem: PluginProblem): PavlovError {
  const sentence = formatProblem(problem);
  return new PavlovError(sentence.slice(0, -problem.fix.length).trimEnd(), { hint: problem.fix });
}

function unknown({ plugins, problems }: Catalog, text: string): PavlovError {
  const names = plugins.flatMap((plugin) => {
    const { namespace, presets } = plugin.manifest;
    const presetNames = Object.keys(presets).map((preset) => fullName(plugin, preset));
    return [...rewardsOf(plugin).map(({ use }) => use), ...presetNames, namespace, plugin.package.name];
  });
  const meant = suggestReference(text, names) || suggestion(text, names);
  const kind = looksLikeReference(text) ? "reward or plugin" : "reward, file or plugin";
  return new PavlovError(`There is no ${kind} ${JSON.stringify(text)} here.${meant}${otherProblems(problems)}`, {
    hint: "pavlov list shows what there is, pavlov search looks in the registry; a file is named by its path: ./rewards/mine.ts",
  });
}

function looksLikeReference(text: string): boolean {
  try {
    return parseReference(text).kind !== "file";
  } catch {
    return false;
  }
}

/** `pavlov-reward-sql` of `pavlov-reward-sql@1.0.0`. */
function withoutVersion(shown: string): string {
  const at = shown.lastIndexOf("@");
  return at > 0 ? shown.slice(0, at) : shown;
}

/** The text before and after the last separator; the whole and nothing where there is none. */
function splitLast(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.lastIndexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
