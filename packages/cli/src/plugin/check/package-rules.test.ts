import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openPluginFolder } from "../plugin-folder.js";
import { packageFindings } from "./package-rules.js";

const good = {
  name: "@acme/pavlov-reward-sql",
  version: "1.0.0",
  keywords: ["pavlov-reward", "sql"],
  exports: {
    ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
    "./manifest.json": "./dist/manifest.json",
    "./package.json": "./package.json",
  },
  files: ["dist", "fixtures"],
  peerDependencies: { "@pavlov/core": "^1.0.0" },
  pavlov: { apiVersion: 1, manifest: "./dist/manifest.json" },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-rules-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function findings(change: object) {
  await writeFile(join(folder, "package.json"), JSON.stringify({ ...good, ...change }));
  return packageFindings(await openPluginFolder(folder));
}

test("a package that keeps all rules has nothing to mend", async () => {
  expect(await findings({})).toEqual([]);
  expect(await findings({ exports: { ...good.exports, ".": "./dist/index.js" }, name: "pavlov-reward-x" })).toEqual([]);
  expect(await findings({ scripts: { prepublishOnly: "x", prepare: "y", test: "z" } })).toEqual([]);
});

describe("each broken rule is told with what to write", () => {
  test.each([
    ["name", { name: "sql-reward" }, 'The name "sql-reward" is not a plugin\'s.', "Name it pavlov-reward-something"],
    ["name", { name: "pavlov-reward-SQL" }, 'The name "pavlov-reward-SQL"', "in lower case"],
    ["name", { name: undefined }, "package.json has no name.", "Name it"],
    ["keyword", { keywords: ["sql"] }, 'lack "pavlov-reward"', '"keywords": ["pavlov-reward", "sql"]'],
    [
      "peer",
      { peerDependencies: {} },
      "@pavlov/core is not among the peer",
      '"peerDependencies": { "@pavlov/core": "^',
    ],
    [
      "peer",
      { peerDependenciesMeta: { "@pavlov/core": { optional: true } } },
      "@pavlov/core is an optional peer",
      '"peerDependenciesMeta"',
    ],
    ["host", { dependencies: { "@pavlov/core": "^1.0.0" } }, "@pavlov/core is a dependency", '"peerDependencies"'],
    ["host", { dependencies: { pavlov: "^1.0.0" } }, "pavlov is a dependency", '"devDependencies"'],
    ["host", { optionalDependencies: { "@pavlov/trainer": "1" } }, "@pavlov/trainer is a", '"devDependencies"'],
    [
      "host",
      { dependencies: { "@pavlov/core": "1" }, peerDependencies: {} },
      "@pavlov/core is a dependency",
      '"peerDependencies"',
    ],
    ["install-scripts", { scripts: { postinstall: "node x.js" } }, '"postinstall" runs where', "prepublishOnly"],
    ["files", { files: undefined }, 'package.json has no "files"', '"files": ["dist", "fixtures"]'],
    ["files", { private: true }, 'says "private": true', 'Remove "private"'],
    ["files", { files: [] }, 'package.json has no "files"', '"files": ["dist", "fixtures"]'],
    ["exports", { pavlov: undefined }, 'no "pavlov" field', '"manifest": "./dist/manifest.json"'],
    [
      "exports",
      { pavlov: { apiVersion: 2, manifest: "./dist/manifest.json" } },
      '"apiVersion" under "pavlov" is 2',
      "1",
    ],
    [
      "exports",
      { exports: { ...good.exports, ".": { types: "./dist/index.d.ts" } } },
      '"exports" has no "." that leads to the plugin.',
      '".": {',
    ],
    [
      "exports",
      { exports: { ".": good.exports["."], "./package.json": "./package.json" } },
      '"exports" has no "./manifest.json".',
      '"./manifest.json": "./dist/manifest.json"',
    ],
    [
      "exports",
      { exports: { ...good.exports, "./manifest.json": "./manifest.json" } },
      '"exports" leads from "./manifest.json" to ./manifest.json.',
      '"./manifest.json": "./dist/manifest.json"',
    ],
  ])("%s: %j", async (rule, change, message, fix) => {
    expect(await findings(change)).toEqual([
      { rule, message: expect.stringContaining(message), fix: expect.stringContaining(fix) },
    ]);
  });

  test("install-scripts: npm compiles a binding.gyp without being asked", async () => {
    await writeFile(join(folder, "binding.gyp"), "{}");
    expect(await findings({})).toEqual([
      expect.objectContaining({ rule: "install-scripts", message: expect.stringContaining("binding.gyp") }),
    ]);
    expect(await findings({ scripts: { install: "true" } })).toHaveLength(1);
  });
});

test("a folder without a package.json is none", async () => {
  await expect(openPluginFolder(folder)).rejects.toThrow(`${folder} is no package: package.json is not there.`);
});
