/** What is printed when a package was made. */
import { relative } from "node:path";
import type { CreatedPlugin } from "./create-plugin.js";
import type { InstallOutcome, PackageManager } from "./package-manager.js";

/**
 * @param from the folder that the user is in
 * @param installed whether its dependencies are installed
 */
export function nextSteps(
  { folder, packageName, namespace }: CreatedPlugin,
  manager: PackageManager,
  installed: boolean,
  from: string = process.cwd(),
): readonly string[] {
  const way = relative(from, folder);
  // Yarn has a command "check" of its own, and Bun a "test".
  const test = manager === "bun" ? "bun run test" : `${manager} test`;
  const steps: (readonly [string, string])[] = [
    ...(way === "" ? [] : [[`cd ${/^[\w./\\@:-]+$/.test(way) ? way : `"${way}"`}`, ""] as const]),
    ...(installed ? [] : [[`${manager} install`, ""] as const]),
    [test, "try the reward's fixtures, and what every reward must stand"],
    [`${manager} run check`, "see whether it can be published"],
    ["npm publish", "after the steps in README.md"],
  ];
  const width = Math.max(...steps.map(([command]) => command.length));
  return [
    `Made ${packageName} in ${way === "" ? "this folder" : way}: the reward ${namespace}/score in src/score.ts, its fixtures in fixtures/score.jsonl.`,
    "",
    "Next:",
    ...steps.map(([command, what]) => `  ${what === "" ? command : `${command.padEnd(width)}  ${what}`}`),
  ];
}

/** What is said where not all was installed: what there is, and how to go on; undefined where all was. */
export function installProblem(
  { packageName }: Pick<CreatedPlugin, "packageName">,
  manager: PackageManager,
  outcome: InstallOutcome,
): string | undefined {
  if (outcome === "installed") return undefined;
  if (outcome === "failed") return `${manager} install failed, as it says above: run it again.`;
  return (
    `${manager} install was stopped. ${packageName} is whole but for what it depends on: ` +
    `${manager} install in its folder goes on, and removing the folder undoes all.`
  );
}
