/** `checkPlugin`: every rule that a plugin must keep, each broken one with what to do. Nothing of it is changed. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { findStrayFixtures } from "@pavlov/core/testing";
import { inspectionOf, type PluginTimes } from "../build.js";
import { rules, type Finding, type Rule } from "../finding.js";
import { inspect, type Inspection, type InspectOptions } from "../inspect.js";
import { hasFile, openPluginFolder, type PluginFolder } from "../plugin-folder.js";
import { importFindings } from "./import-rules.js";
import { manifestFindings } from "./manifest-rule.js";
import { mentionFindings } from "./mention-rules.js";
import { packedFiles, packFindings, type PackedFiles } from "./pack-rules.js";
import { packageFindings } from "./package-rules.js";
import { publintFindings } from "./publint-rule.js";
import { typeFindings } from "./types-rules.js";

export type CheckOptions = InspectOptions & PluginTimes;

/** What a check came to. */
export interface PluginReport {
  readonly plugin: PluginFolder;
  /** What is wrong, in the order of {@link rules}. */
  readonly findings: readonly Finding[];
  /** Rules that could not be looked at, since something else is wrong. */
  readonly skipped: readonly Rule[];
  /** What was tried of each reward. */
  readonly checked: Inspection["checked"];
  /** What would be published. */
  readonly packed: PackedFiles;
}

/** Rules that need the built module, the first of them that it can be imported. */
const needBuild: readonly Rule[] = ["entry", "description", "schema", "manifest", "fixtures", "scores", "survives"];

/** @throws PavlovError where the folder is no package. */
export async function checkPlugin(path: string, options: CheckOptions): Promise<PluginReport> {
  const plugin = await openPluginFolder(path);
  const { entry } = plugin;
  const isBuilt = entry !== undefined && (await hasFile(plugin, entry));
  const findings: Finding[] = [...(await packageFindings(plugin))];
  if (entry !== undefined && !isBuilt) {
    findings.push({
      rule: "build",
      message: `The plugin is not built: there is no ${entry}.`,
      fix: "Run: pavlov plugin build",
    });
  }
  const [inspected, typed, published] = await Promise.all([
    isBuilt ? inspect(inspectionOf(plugin, entry, options), options) : undefined,
    isBuilt ? typeFindings(plugin) : [],
    packAndLint(plugin, isBuilt),
  ]);
  const described = inspected?.manifest;
  const stale = typed.some(({ rule }) => rule === "build");
  // A manifest of code that is out of date is not that of the sources, whatever it says.
  if (described && !stale) findings.push(...(await manifestFindings(plugin, described)));
  if (described) {
    findings.push(...(await strayFindings(plugin, Object.keys(described.rewards))));
    findings.push(...(await mentionFindings(plugin, described)));
  }
  const isPlugin = !inspected?.findings.some(({ rule }) => rule === "entry");
  // An example of what is no plugin cannot type-check either.
  const seen = typed.filter(({ rule }) => isPlugin || rule !== "examples");
  findings.push(...(inspected?.findings ?? []), ...seen, ...published.findings);
  const order = Object.keys(rules);
  return {
    plugin,
    findings: findings.toSorted((a, b) => order.indexOf(a.rule) - order.indexOf(b.rule)),
    skipped: skippedRules(isBuilt, inspected, published.packed !== undefined, stale),
    checked: inspected?.checked ?? [],
    packed: published.packed ?? [],
  };
}

async function packAndLint(
  plugin: PluginFolder,
  isBuilt: boolean,
): Promise<{ readonly findings: readonly Finding[]; readonly packed?: PackedFiles }> {
  const packed = await packedFiles(plugin);
  if ("rule" in packed) return { findings: [packed] };
  const findings = await packFindings(plugin, packed, await rewardsWithFixtures(plugin));
  if (!isBuilt) return { packed, findings };
  return {
    packed,
    findings: [...findings, ...(await importFindings(plugin, packed)), ...(await publintFindings(plugin, packed))],
  };
}

/** Files that their author takes for fixtures, and that prove nothing. */
async function strayFindings({ folder }: PluginFolder, rewards: readonly string[]): Promise<readonly Finding[]> {
  const stray = await findStrayFixtures(folder, rewards);
  return stray.map(({ file, reason, fix }) => ({
    rule: "fixtures",
    message: `${file} is not run: it ${reason}.`,
    fix,
  }));
}

/** By the names of fixture files, which are those of rewards. */
async function rewardsWithFixtures({ folder }: PluginFolder): Promise<readonly string[]> {
  const names = await readdir(join(folder, "fixtures")).catch(() => []);
  return names.flatMap((name) => /^([A-Za-z][\w-]*)\.(jsonl|ya?ml)$/.exec(name)?.[1] ?? []);
}

function skippedRules(
  isBuilt: boolean,
  inspected: Inspection | undefined,
  isPacked: boolean,
  stale: boolean,
): readonly Rule[] {
  const skipped: Rule[] = [];
  if (!isBuilt) skipped.push(...needBuild, "types", "examples", "imports", "publint");
  else if (inspected?.findings.some(({ rule }) => rule === "entry")) skipped.push("examples", ...needBuild.slice(1));
  else if (stale || !inspected?.manifest) skipped.push("manifest");
  if (!isPacked) skipped.push("imports", "pack", "secrets", "publint");
  return skipped;
}
