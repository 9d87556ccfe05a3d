/** What there is to know of one reward, plugin or preset, as lines. */
import { relative } from "node:path";
import type { JsonSchema, PresetUse, RewardManifest } from "@pavlov/core";
import { configExample, partName } from "../catalog/config-example.js";
import { declaredFields, takesOthers, type DeclaredField } from "../catalog/declared-fields.js";
import { fullName, type CatalogPlugin } from "../catalog/catalog.js";
import type { Colors } from "./colors.js";
import { rangeText, rewardListLines } from "./reward-list.js";
import { labelled } from "./sections.js";
import { tableLines } from "./table.js";
import { fill, printable } from "./text.js";

/** Where a reward comes from. */
export interface Origin {
  /** `pavlov-reward-sql@1.0.0`, or the path of a file. */
  readonly from: string;
  /** Absolute path of the package or file. */
  readonly location: string;
  readonly integrity: string | undefined;
  /** Full names of the presets that the reward is in. */
  readonly presets: readonly string[];
}

const scopes: Readonly<Record<RewardManifest["scope"], string>> = {
  sample: "each completion by itself",
  group: "the completions of one prompt together",
  batch: "all completions of a batch in one call",
};

export function rewardLines(use: string, manifest: RewardManifest, origin: Origin, width: number, colors: Colors) {
  const { description, version, range, scope, reads, readsIfPresent, env, envIfPresent, needs } = manifest;
  const { deterministic, cacheable, fixtures, docs } = manifest;
  const inputs = [...reads, ...readsIfPresent.map((key) => `${key} (where there is one)`)];
  const variables = [...env, ...envIfPresent.map((key) => `${key} (optional)`)];
  const entries: [string, string][] = [
    ...(version === undefined ? [] : [["version", version] as [string, string]]),
    ["range", range === null ? "depends on params that must be given" : rangeText(range)],
    ["scores", scopes[scope]],
    ["reads", ["the completion", ...inputs].join(", ")],
    ["deterministic", deterministic ? "yes" : "no: the same completion may get another score"],
    ["cacheable", cacheable ? "yes: results are kept on disk" : "no"],
    ...(variables.length === 0 ? [] : [["environment", variables.join(", ")] as [string, string]]),
    ...(needs.length === 0 ? [] : [["needs", needs.join(", ")] as [string, string]]),
    ["fixtures", fixtures === 0 ? "none known" : String(fixtures)],
    ...(docs === undefined ? [] : [["docs", docs] as [string, string]]),
    ...(origin.presets.length === 0 ? [] : [["presets", origin.presets.join(", ")] as [string, string]]),
    ...originEntries(origin),
  ];
  return [
    `${colors.bold(printable(use))}  ${colors.dim(printable(origin.from))}`,
    ...prose(description, width),
    "",
    ...labelled(entries.map(safe), width, colors),
    ...section("Columns", manifest.columns, "reads no column", width, colors),
    ...section("Params", manifest.params, "has no settings", width, colors),
    "",
    colors.bold("In a config"),
    ...configExample(use, manifest).map((line) => `  ${printable(line)}`),
  ];
}

export function pluginLines(plugin: CatalogPlugin, integrity: string, width: number, colors: Colors): string[] {
  const { package: from, folder, manifest } = plugin;
  const rewards = Object.entries(manifest.rewards).map(([name, reward]) => ({
    use: fullName(plugin, name),
    plugin,
    manifest: reward,
  }));
  const presets = Object.entries(manifest.presets).flatMap(([name, uses]) => [
    "",
    ...presetLines(fullName(plugin, name), plugin, uses, width, colors),
  ]);
  const name = `${from.name}@${from.version}`;
  return [
    ...rewardListLines({ groups: [{ plugin, rewards }], files: [] }, width, colors).slice(0, -1),
    ...presets,
    "",
    ...labelled(originEntries({ from: name, location: folder, integrity, presets: [] }).map(safe), width, colors),
  ];
}

export function presetLines(
  name: string,
  plugin: CatalogPlugin,
  uses: Readonly<Record<string, PresetUse>>,
  width: number,
  colors: Colors,
): string[] {
  const rows = Object.entries(uses).map(([reward, { weight, params, columns }]) => {
    const rest = { ...(params && { params }), ...(columns && { columns }) };
    const options = Object.entries(rest).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
    const cells = [partName(reward), fullName(plugin, reward), String(weight ?? 1), options.join(", ")];
    return cells.map(printable);
  });
  return [
    `${colors.bold(`Preset ${printable(name)}`)}  ${colors.dim(`rewards: { $preset: ${printable(name)} }`)}`,
    ...tableLines({ titles: ["name", "use", "weight", ""], rows }, width, colors),
  ];
}

function originEntries({ location, integrity }: Origin): [string, string][] {
  const short = relative("", location);
  const shown = short !== "" && short.length < location.length ? short : location;
  return [["location", shown], ...(integrity === undefined ? [] : [["integrity", integrity] as [string, string]])];
}

function section(title: string, schema: JsonSchema, none: string, width: number, colors: Colors): string[] {
  const fields = declaredFields(schema);
  const open = takesOthers(schema) ? [["…", "any", "", "Others of any name, where a config maps or gives them."]] : [];
  const rows = [...fields.map(row), ...open].map((cells) => cells.map(printable));
  const titles = ["name", "type", "default", ""];
  if (rows.length === 0) return ["", `${colors.bold(title)}  ${colors.dim(none)}`];
  const limits = [30, 28, 20].map((limit) => Math.min(limit, Math.max(8, Math.floor(width / 4))));
  return ["", colors.bold(title), ...tableLines({ titles, rows, limits }, width, colors)];
}

function row({ name, type, required, default: value, description = "" }: DeclaredField): readonly string[] {
  const given = value === undefined ? "" : JSON.stringify(value);
  return [name, type, required ? "must be given" : given === "" ? "optional" : given, description];
}

function prose(text: string, width: number): string[] {
  const paragraphs = text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => printable(paragraph.replace(/\s+/g, " ")));
  return paragraphs.flatMap((paragraph) => fill(paragraph, Math.max(20, width - 2)).map((line) => `  ${line}`));
}

const safe = ([label, value]: readonly [string, string]): [string, string] => [label, printable(value)];
