/** What is printed when a package was made. */
import { relative } from "node:path";
import type { CreatedPlugin } from "./create-plugin.js";
import type { PackageManager } from "./package-manager.js";

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
