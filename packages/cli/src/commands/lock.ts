/** `pavlov lock`: writes down which rewards a config uses, whose code they are and what is in it. */
import type { RewardsRecord } from "@pavlov/core";
import { Command } from "commander";
import { collect, commonOptions, invoke, type CommonOptions, type Invocation } from "../invocation.js";
import type { ConfigOptions } from "../load-run.js";

type Options = CommonOptions & ConfigOptions & { readonly check?: boolean };

const help = `
The lock file lies beside the config: pavlov.lock.json for pavlov.config.yaml. It names for each reward the package with
its version, or your own file, with a hash of what is in it, and the reward's params, columns and weight. Commit it, and
have train, eval and score refuse anything else with --frozen, as npm ci does.

Examples:
  $ pavlov lock
  $ pavlov lock --check                          in CI: exit code 1 where the rewards have changed
  $ pavlov train pavlov.config.yaml --frozen`;

/** The command, for the program. */
export function lockCommand(): Command {
  const command = new Command("lock")
    .description("write down the rewards of a config, with their packages, versions and hashes")
    .argument("[config]", "the config file, or the folder of a pavlov.config.*", ".")
    .option("--check", "write nothing: compare the rewards with the lock file")
    .option("--set <path=value>", "replace a value of the config; may be given more than once", collect);
  return commonOptions(command, "print the lock file's path, its rewards and what has changed as one JSON object")
    .addHelpText("after", help)
    .action(async (path: string, options: Options) => {
      await invoke(options, (invocation) => lock(path, options, invocation));
    });
}

async function lock(path: string, options: Options, { screen, loudness }: Invocation): Promise<void> {
  const { openRewards, openScoringConfig } = await import("../load-run.js");
  const { lockPath, readLock, unlockedRewards, writeLock } = await import("../lock-file.js");
  const { checkFrozen } = await import("../frozen.js");
  const { compareRecords, recordRewards } = await import("@pavlov/core");
  const { shownPath } = await import("../terminal/sections.js");

  const opened = await openScoringConfig(path, options);
  const composite = await openRewards(opened);
  const { loaded } = opened;
  const file = lockPath(loaded.path);
  if (options.check) {
    await checkFrozen(opened, composite, options);
    if (loudness === "normal") screen.print(`The rewards of ${loaded.name} are those of ${shownPath(file)}.`);
    return;
  }
  const rewards = await recordRewards(composite, loaded.folder);
  // A lock file that cannot be read is replaced.
  const before = await readLock(file).catch(() => undefined);
  const changes = before ? compareRecords(before, rewards) : [];
  await writeLock(file, rewards);
  const unlocked = unlockedRewards(rewards);
  if (loudness === "json") {
    screen.print(JSON.stringify({ path: shownPath(file), rewards, changes, unlocked }));
    return;
  }
  for (const name of unlocked) {
    screen.complain(
      `${screen.errorColors.yellow("warning:")} Reward "${name}" stands in the config itself, so that its code is not locked: ` +
        "export it from a file, and import it there or name the file under use (./rewards/mine.ts#name).",
    );
  }
  if (loudness === "quiet") return;
  const state = before === undefined ? "written" : changes.length === 0 ? "unchanged" : "written anew";
  screen.print(`${shownPath(file)}: ${state}. ${sourcesOf(rewards)}`);
  for (const change of changes) screen.print(`  ${change}`);
}

/** `exact-answer and think-answer of @pavlov/rewards@0.1.0; length of rewards/mine.ts.` */
function sourcesOf({ parts }: RewardsRecord): string {
  const byPlace = new Map<string, string[]>();
  for (const { reward, package: from, version, file } of Object.values(parts)) {
    const place = from === undefined ? (file ?? "the config") : `${from}@${String(version)}`;
    byPlace.set(place, [...(byPlace.get(place) ?? []), reward]);
  }
  const list = (names: readonly string[]): string => [...new Set(names)].join(", ");
  return `${[...byPlace].map(([place, names]) => `${list(names)} of ${place}`).join("; ")}.`;
}
