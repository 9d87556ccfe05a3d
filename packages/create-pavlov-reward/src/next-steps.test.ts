import { join } from "node:path";
import { expect, test } from "vitest";
import { nextSteps } from "./next-steps.js";
import type { PackageManager } from "./package-manager.js";

const from = join("/", "home", "me");
const plugin = {
  folder: join(from, "my work", "sql"),
  packageName: "pavlov-reward-sql",
  namespace: "sql",
  files: [],
};
const commands = (manager: PackageManager, folder = plugin.folder): readonly string[] =>
  nextSteps({ ...plugin, folder }, manager, false, from)
    .slice(3)
    .map((line) => line.trim().split(/\s{2,}/)[0] ?? "");

test.each([
  ["npm", "npm install", "npm test", "npm run check"],
  ["pnpm", "pnpm install", "pnpm test", "pnpm run check"],
  ["yarn", "yarn install", "yarn test", "yarn run check"],
  ["bun", "bun install", "bun run test", "bun run check"],
] as const)("the scripts of the package are run, and no command of %s itself", (manager, ...expected) => {
  expect(commands(manager).slice(1, 4)).toEqual(expected);
});

test("a path that a shell would split is quoted", () => {
  expect(commands("npm")[0]).toBe(`cd "${join("my work", "sql")}"`);
  expect(commands("npm", join(from, "sql"))[0]).toBe("cd sql");
  expect(commands("npm", from)[0]).toBe("npm install");
});
