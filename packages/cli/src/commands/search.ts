/** `pavlov search`: plugins in the registries that npm is configured for. Nothing is installed. */
import { Command } from "commander";
import { commonOptions, invoke, numberAtLeast, type CommonOptions, type Invocation } from "../invocation.js";

type Options = CommonOptions & { readonly limit: number; readonly registry?: string };

const help = `
The registries are those of npm's settings: .npmrc of the project, the user and the machine, npm_config_registry, and
@scope:registry for scopes that have one, with their tokens and proxies. Packages have the keyword "pavlov-reward".

Examples:
  $ pavlov search sql
  $ pavlov search --limit 50
  $ pavlov search sql --registry http://localhost:4873/ --json`;

/** The command, for the program. */
export function searchCommand(): Command {
  const command = new Command("search")
    .description("search the npm registry for plugins with rewards")
    .argument("[text...]", "words that the plugin's name, description or keywords have", [])
    .option("--limit <count>", "the most plugins that are shown", numberAtLeast(1, true), 20)
    .option("--registry <url>", "ask this registry instead of those that npm is configured for");
  return commonOptions(command, "print the result as one JSON object")
    .addHelpText("after", help)
    .action(async (words: readonly string[], options: Options) => {
      await invoke(options, (invocation) => search(words.join(" "), options, invocation));
    });
}

async function search(text: string, options: Options, invocation: Invocation): Promise<void> {
  const { screen, loudness, signal } = invocation;
  const { readNpmSettings } = await import("../npm-search/npm-settings.js");
  const { registryRequest } = await import("../npm-search/registry-request.js");
  const { searchRegistries } = await import("../npm-search/search-registries.js");
  const { searchLines } = await import("../terminal/search-results.js");
  const { printable } = await import("../terminal/text.js");

  const settings = readNpmSettings(options.registry);
  const { registries } = settings;
  const warn = (warning: string): void => {
    if (loudness !== "json") screen.complain(`${screen.errorColors.yellow("warning:")} ${printable(warning)}`);
  };
  settings.warnings.forEach(warn);
  if (loudness === "normal")
    screen.live(() => screen.colors.dim(`asking ${registries.map(({ url }) => url).join(", ")}`));
  const request = await registryRequest(settings, signal);
  const [found, installed] = await Promise.all([
    searchRegistries(registries, text, options.limit, request),
    installedVersions(),
  ]);
  screen.settle();
  const plugins = found.plugins.map((plugin) => ({ ...plugin, installed: installed.get(plugin.name) ?? null }));
  const warnings = [...settings.warnings, ...found.warnings];
  if (loudness === "json") {
    screen.print(JSON.stringify({ text, registries: registries.map(({ url }) => url), plugins, warnings }));
    return;
  }
  found.warnings.forEach(warn);
  if (loudness === "quiet") {
    for (const { name } of plugins) screen.print(printable(name));
    return;
  }
  for (const line of searchLines(plugins, screen.width(), screen.colors)) screen.print(line);
  const [first] = plugins;
  if (first === undefined) {
    const what = text === "" ? "any plugin" : `a plugin for "${text}"`;
    screen.print(`Found no ${what.replace(/^an?y? /, "")} in ${registries.map(({ url }) => url).join(", ")}.`);
  } else screen.print(screen.colors.dim(`To use one: npm install ${printable(first.name)}`));
}

/** The versions of the plugins that the project here has, whether they can be used or not. */
async function installedVersions(): Promise<ReadonlyMap<string, string>> {
  const { discoverPlugins } = await import("@pavlov/core/plugins");
  const { plugins, problems } = await discoverPlugins(process.cwd());
  const unusable = problems.flatMap(({ package: shown }): [string, string][] => {
    const at = shown.lastIndexOf("@");
    return at > 0 ? [[shown.slice(0, at), shown.slice(at + 1)]] : [];
  });
  return new Map([...unusable, ...plugins.map(({ package: { name, version } }): [string, string] => [name, version])]);
}
