/** `pavlov info`: one reward, plugin or preset in full. Only a file of the user's own is imported. */
import { Command } from "commander";
import type { CatalogPlugin } from "../catalog/catalog.js";
import type { Found } from "../catalog/find.js";
import type { RewardFile } from "../catalog/local-file.js";
import { commonOptions, invoke, type CommonOptions, type Invocation } from "../invocation.js";

const help = `
What a plugin's package says of itself is printed, and none of its code is run. A file of your own is imported.

Examples:
  $ pavlov info math
  $ pavlov info sql/executes
  $ pavlov info pavlov-reward-sql
  $ pavlov info ./rewards/mine.ts#length --json`;

/** The command, for the program. */
export function infoCommand(): Command {
  const command = new Command("info")
    .description("show what a reward reads, takes and gives, or what a plugin has")
    .argument("<name>", "a reward (math, sql/executes, ./rewards/mine.ts), a preset, a namespace or a package");
  return commonOptions(command, "print one JSON object")
    .addHelpText("after", help)
    .action(async (name: string, options: CommonOptions) => {
      await invoke(options, (invocation) => info(name, invocation));
    });
}

async function info(text: string, { screen, loudness }: Invocation): Promise<void> {
  const { openCatalog } = await import("../catalog/catalog.js");
  const { findInCatalog } = await import("../catalog/find.js");
  const { packageIntegrity } = await import("@pavlov/core/plugins");

  const file = pathOf(text);
  if (file !== undefined) {
    const { readRewardFile } = await import("../catalog/local-file.js");
    const read = await readRewardFile(file.path, file.name);
    if (loudness === "json") return screen.print(JSON.stringify(await fileRecord(read)));
    const { rewardLines } = await import("../terminal/reward-details.js");
    for (const [index, { use, manifest }] of read.rewards.entries()) {
      const origin = { from: read.path, location: read.location, integrity: read.integrity, presets: [] };
      if (index > 0) screen.print();
      for (const line of rewardLines(use, manifest, origin, screen.width(), screen.colors)) screen.print(line);
    }
    return;
  }
  const found = findInCatalog(await openCatalog(process.cwd()), text);
  const plugin = found.kind === "reward" ? found.reward.plugin : found.plugin;
  const integrity = await packageIntegrity(plugin.folder);
  if (loudness === "json") return screen.print(JSON.stringify(await foundRecord(found, plugin, integrity)));
  for (const line of await foundLines(found, integrity, screen.width(), screen.colors)) screen.print(line);
}

type Colors = Invocation["screen"]["colors"];

async function foundLines(found: Found, integrity: string, width: number, colors: Colors): Promise<readonly string[]> {
  const { pluginLines, presetLines, rewardLines } = await import("../terminal/reward-details.js");
  switch (found.kind) {
    case "plugin":
      return pluginLines(found.plugin, integrity, width, colors);
    case "preset":
      return presetLines(found.name, found.plugin, found.uses, width, colors);
    case "reward": {
      const { use, plugin, manifest } = found.reward;
      const { name, version } = plugin.package;
      const origin = {
        from: `${name}@${version}`,
        location: plugin.folder,
        integrity,
        presets: await presetsOf(found),
      };
      return rewardLines(use, manifest, origin, width, colors);
    }
  }
}

/** Full names of the presets that a reward is in. */
async function presetsOf({ reward: { plugin, manifest } }: Found & { readonly kind: "reward" }) {
  const { fullName } = await import("../catalog/catalog.js");
  return Object.entries(plugin.manifest.presets)
    .filter(([, uses]) => Object.hasOwn(uses, manifest.name))
    .map(([name]) => fullName(plugin, name));
}

/** What `--json` prints. */
async function foundRecord(found: Found, { package: from, folder, isBuiltIn }: CatalogPlugin, integrity: string) {
  const origin = { package: from.name, version: from.version, builtIn: isBuiltIn, folder, integrity };
  const { configExample } = await import("../catalog/config-example.js");
  switch (found.kind) {
    case "plugin": {
      const { namespace, rewards, presets } = found.plugin.manifest;
      return { kind: "plugin", ...origin, namespace, rewards: Object.values(rewards), presets };
    }
    case "preset":
      return { kind: "preset", name: found.name, ...origin, rewards: found.uses };
    case "reward": {
      const { use, manifest } = found.reward;
      const { version: rewardVersion, ...rest } = manifest;
      return {
        kind: "reward",
        use,
        ...origin,
        ...rest,
        ...(rewardVersion !== undefined && { rewardVersion }),
        presets: await presetsOf(found),
        example: configExample(use, manifest).join("\n"),
      };
    }
  }
}

async function fileRecord({ path, location, integrity, rewards }: RewardFile): Promise<object> {
  const { configExample } = await import("../catalog/config-example.js");
  const described = rewards.map(({ use, manifest }) => ({
    use,
    ...manifest,
    example: configExample(use, manifest).join("\n"),
  }));
  return { kind: "file", path, file: location, integrity, rewards: described };
}

/** The path of a text that names a file, and the reward that it asks for. */
function pathOf(text: string): { readonly path: string; readonly name: string | undefined } | undefined {
  const hash = text.lastIndexOf("#");
  const [path, name] = hash === -1 ? [text, undefined] : [text.slice(0, hash), text.slice(hash + 1)];
  const isPath = /^(\.{1,2}[\\/]|[\\/]|[A-Za-z]:[\\/])/.test(path) || /\.[cm]?[jt]sx?$/.test(path);
  return isPath ? { path, name } : undefined;
}
