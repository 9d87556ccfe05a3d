/** `pavlov list`: the rewards that a config here can use, from manifests alone: no code of a plugin is run. */
import type { PluginProblem } from "@pavlov/core/plugins";
import { Command, Option } from "commander";
import type { CatalogReward } from "../catalog/catalog.js";
import { commonOptions, invoke, type CommonOptions, type Invocation } from "../invocation.js";
import type { RewardGroup } from "../terminal/reward-list.js";

type Options = CommonOptions & { readonly builtIn?: boolean; readonly plugins?: boolean };

const help = `
Plugins are the packages among the dependencies of this project's package.json that are called pavlov-reward-... and
have the keyword "pavlov-reward". They are known by their manifests: none of their code is run.

Examples:
  $ pavlov list
  $ pavlov list answer
  $ pavlov list --plugins --json`;

/** The command, for the program. */
export function listCommand(): Command {
  const command = new Command("list")
    .description("list the rewards that a config can use: built in, of installed plugins, and of files")
    .argument("[text]", "only rewards with this text in their name, package, description or columns")
    .addOption(new Option("--built-in", "only the built-in rewards").conflicts("plugins"))
    .option("--plugins", "only what was installed or written: plugins and files");
  return commonOptions(command, "print one JSON object")
    .addHelpText("after", help)
    .action(async (text: string | undefined, options: Options) => {
      await invoke(options, (invocation) => list(text ?? "", options, invocation));
    });
}

async function list(text: string, options: Options, { screen, loudness }: Invocation): Promise<void> {
  const { localRewardFiles, openCatalog, rewardsOf } = await import("../catalog/catalog.js");
  const { rewardListLines } = await import("../terminal/reward-list.js");
  const { formatProblem } = await import("@pavlov/core/plugins");
  const { printable } = await import("../terminal/text.js");

  const folder = process.cwd();
  const withFiles = options.builtIn !== true;
  const [catalog, allFiles] = await Promise.all([openCatalog(folder), withFiles ? localRewardFiles(folder) : []]);
  const wanted = text.trim().toLowerCase();
  const groups = catalog.plugins
    .filter(({ isBuiltIn }) => (isBuiltIn ? options.plugins !== true : options.builtIn !== true))
    .map((plugin) => ({ plugin, rewards: rewardsOf(plugin).filter((reward) => matches(reward, wanted)) }))
    .filter(({ rewards }) => rewards.length > 0);
  const files = allFiles.filter((file) => file.toLowerCase().includes(wanted));
  const problems = options.builtIn === true ? [] : catalog.problems;

  if (loudness === "json") {
    screen.print(JSON.stringify(record(groups, files, problems)));
    return;
  }
  for (const problem of problems) {
    screen.complain(`${screen.errorColors.yellow("warning:")} ${printable(formatProblem(problem))}`);
  }
  if (loudness === "quiet") {
    for (const { use } of groups.flatMap(({ rewards }) => rewards)) screen.print(use);
    for (const file of files) screen.print(file);
    return;
  }
  for (const line of rewardListLines({ groups, files }, screen.width(), screen.colors)) screen.print(line);
  const last = ending(groups, files, text, options);
  screen.print(screen.colors.dim(last));
}

function matches({ use, plugin, manifest }: CatalogReward, wanted: string): boolean {
  const { properties = {} } = manifest.columns as { properties?: object };
  const texts = [use, plugin.package.name, manifest.description, ...Object.keys(properties)];
  return wanted === "" || texts.some((text) => text.toLowerCase().includes(wanted));
}

function ending(groups: readonly RewardGroup[], files: readonly string[], text: string, options: Options): string {
  const count = groups.reduce((sum, { rewards }) => sum + rewards.length, 0);
  const first = groups[0]?.rewards[0]?.use ?? files[0];
  if (first !== undefined) {
    const counts = [counted(count, "reward"), counted(files.length, "file")].filter((said) => !said.startsWith("0 "));
    return `${counts.join(" and ")}. More of one: pavlov info ${first}`;
  }
  if (text !== "")
    return `No reward here has "${text}" in its name or description. In the registry: pavlov search ${text}`;
  return options.plugins === true ? "No plugin is installed. To find some: pavlov search" : "There are no rewards.";
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** What `--json` prints. */
function record(groups: readonly RewardGroup[], files: readonly string[], problems: readonly PluginProblem[]): object {
  return {
    plugins: groups.map(({ plugin: { package: from, isBuiltIn, manifest }, rewards }) => ({
      namespace: manifest.namespace,
      package: from.name,
      version: from.version,
      builtIn: isBuiltIn,
      presets: Object.keys(manifest.presets),
      rewards: rewards.map(({ use, manifest: reward }) => ({ use, ...reward })),
    })),
    files,
    problems,
  };
}
