/** Imports a built plugin, describes it and tries its rewards. Runs in a process of its own: its code may do anything. */
import {
  builtInNamespace,
  describePlugin,
  errorMessage,
  isPlugin,
  isReward,
  PavlovError,
  pluginApiVersion,
  type Plugin,
  type PluginManifest,
  type Reward,
} from "@pavlov/core";
import { importOrExplain } from "@pavlov/core/plugins";
import { checkReward } from "./check-reward.js";
import type { Finding } from "./finding.js";
import type { InspectionRequest, Report } from "./inspection.js";
import { readRewardFixtures, type RewardFixtures } from "./reward-fixtures.js";

/** Tells what is wrong, the manifest where there can be one, and the result of each reward's checks. */
export async function inspectPlugin(request: InspectionRequest, report: Report): Promise<void> {
  const find = (finding: Finding): Promise<void> => report({ kind: "finding", finding });
  await report({ kind: "begin", what: "importing it", limit: request.importTime });
  const plugin = await importPlugin(request, find);
  if (plugin === undefined) return;

  const rewards = Object.entries(plugin.rewards);
  const sound = await Promise.all(rewards.map(([name, reward]) => isSound(name, reward, plugin, find)));
  const fixtures = new Map<string, RewardFixtures>();
  for (const [name] of rewards) {
    const read = await readRewardFixtures(request.folder, name);
    if ("files" in read) fixtures.set(name, read);
    else await find(read);
  }
  if (sound.every(Boolean) && fixtures.size === rewards.length) {
    await report({ kind: "described", manifest: describe(plugin, request, fixtures) });
  }
  const wanted = request.rewards ?? rewards.map(([name]) => name);
  for (const [index, [name, reward]] of rewards.entries()) {
    const known = fixtures.get(name);
    if (!wanted.includes(name) || known === undefined || !sound[index]) continue;
    await checkReward(reward, known, request, report);
  }
}

async function importPlugin(
  { module, shown }: InspectionRequest,
  find: (finding: Finding) => Promise<void>,
): Promise<Plugin | undefined> {
  const broken = (message: string, fix: string): Promise<void> => find({ rule: "entry", message, fix });
  let main: unknown;
  try {
    ({ default: main } = await importOrExplain(module, shown));
  } catch (thrown) {
    const hint = PavlovError.isInstance(thrown) ? thrown.hint : undefined;
    await broken(errorMessage(thrown), hint ?? "What the module does at its top level must not throw.");
    return undefined;
  }
  if (!isPlugin(main) || !Object.values<unknown>(main.rewards ?? {}).every(isReward)) {
    const given = main === undefined ? "has no default export" : `exports by default ${kindOf(main)}`;
    await broken(
      `${shown} ${given}, where a plugin must be.`,
      "Write: export default definePlugin({ namespace, rewards })",
    );
    return undefined;
  }
  if (main.apiVersion !== pluginApiVersion) {
    await broken(
      `${shown} is made for version ${main.apiVersion} of the plugin API, and this is version ${pluginApiVersion}.`,
      "Install the same version of @pavlov/core and of pavlov.",
    );
    return undefined;
  }
  if (main.namespace === builtInNamespace) {
    await broken(
      `${shown} takes the namespace "${main.namespace}", which is that of the built-in rewards.`,
      "Choose another namespace.",
    );
  }
  if (Object.keys(main.rewards).length === 0) {
    await broken(`${shown} has no reward.`, "Write: export default definePlugin({ namespace, rewards: { score } })");
  }
  return main;
}

/** Whether a reward can be described; what keeps it from that is told. */
async function isSound(
  name: string,
  reward: Reward,
  plugin: Plugin,
  find: (finding: Finding) => Promise<void>,
): Promise<boolean> {
  if (reward.description.trim() === "") {
    const message = `The reward "${name}" has no description.`;
    await find({ rule: "description", reward: name, message, fix: "Say in one sentence what it scores." });
  }
  try {
    describePlugin({ ...plugin, rewards: { [name]: reward }, presets: {} });
    return true;
  } catch (thrown) {
    const hint = PavlovError.isInstance(thrown) ? thrown.hint : undefined;
    const fix = hint ?? "Use strings, numbers, booleans, arrays and objects.";
    const message = `Columns or params of "${name}" cannot be described. ${errorMessage(thrown)}`;
    await find({ rule: "schema", reward: name, message, fix });
    return false;
  }
}

function describe(
  plugin: Plugin,
  { version, docs }: InspectionRequest,
  fixtures: ReadonlyMap<string, RewardFixtures>,
): PluginManifest {
  const counts = Object.fromEntries([...fixtures].map(([name, { count }]) => [name, count]));
  return describePlugin(plugin, {
    fixtures: counts,
    ...(version !== undefined && { version }),
    ...(docs !== undefined && { docs }),
  });
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? "an object that definePlugin did not make" : `a ${typeof value}`;
}
