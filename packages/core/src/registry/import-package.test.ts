import { rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { discoverPlugins } from "../discovery/discover-plugins.js";
import { dependingOn, installedPlugin, type PluginFixture } from "../discovery/plugin-project.test.support.js";
import { PavlovError } from "../error.js";
import { createProject, type TemporaryProject } from "./project.test.support.js";
import { createRegistry } from "./registry.js";

let project: TemporaryProject | undefined;
afterEach(async () => {
  await project?.remove();
  project = undefined;
});

const name = "pavlov-reward-bad";

async function open(fixture: PluginFixture, files: Readonly<Record<string, string>> = {}): Promise<string> {
  project = await createProject({ "package.json": dependingOn(name), ...installedPlugin(name, fixture), ...files });
  return project.folder;
}

/** What resolving `pavlov-reward-bad#score` comes to: the reward's name, or the message with its hint. */
async function resolving(cwd: string, reference = `${name}#score`): Promise<string> {
  return createRegistry({ cwd })
    .resolve(reference)
    .then(
      ({ reward }) => reward.name,
      (thrown: unknown) =>
        PavlovError.isInstance(thrown)
          ? `${thrown.message} ${thrown.hint ?? ""}`.trim()
          : `not refused: ${String(thrown)}`,
    );
}

describe("a plugin that is named in full is refused for what one that is found is refused for:", () => {
  const ran = 'import { writeFileSync } from "node:fs"; writeFileSync(new URL("ran", import.meta.url), "");';

  test.each([
    ["a script that runs at installation", { scripts: { install: "node x.js" } }, /runs a script .*\(install\)/],
    [
      "another version of the API",
      { pavlov: { apiVersion: 2 } },
      /for version 2 of the plugin API and this is version 1\. Upgrade/,
    ],
    [
      "a missing peer",
      { peerDependencies: { duckdb: "^1.0.0" } },
      /needs duckdb \^1\.0\.0 beside it.* Run: npm install duckdb/,
    ],
    [
      "a peer of another version",
      { peerDependencies: { "@pavlov/core": ">=90" } },
      /needs @pavlov\/core >=90, and .* is installed/,
    ],
  ])("%s", async (_, packageJson, message) => {
    const folder = await open({ packageJson, code: ran });
    const said = await resolving(folder);
    expect(said).toMatch(/^pavlov-reward-bad@1\.0\.0 cannot be used: /);
    expect(said).toMatch(message);
    const { problems } = await discoverPlugins(folder);
    const [found] = problems;
    expect(said).toBe(`${found?.package} cannot be used: ${found?.reason}. ${found?.fix}`);
    // None of its code has run.
    await expect(rm(join(folder, `node_modules/${name}/dist/ran`))).rejects.toThrow("ENOENT");
  });

  test("what npm compiles where the package is installed, unless the package says that nothing is", async () => {
    const gyp = { [`node_modules/${name}/binding.gyp`]: "{}" };
    const folder = await open({}, gyp);
    expect(await resolving(folder)).toMatch(/cannot be used: it has a binding\.gyp, for which npm compiles/);
    expect((await discoverPlugins(folder)).problems[0]?.reason).toMatch(/binding\.gyp/);
    await project?.remove();
    expect(await resolving(await open({ packageJson: { gypfile: false } }, gyp))).toBe("score");
  });
});

test("a plugin without a manifest can be named in full, and so can a package that is no plugin, whatever its scripts", async () => {
  expect(await resolving(await open({ manifest: null }))).toBe("score");
  await project?.remove();
  const folder = await open(
    {},
    {
      "node_modules/@acme/rewards/package.json": JSON.stringify({
        name: "@acme/rewards",
        version: "1.0.0",
        type: "module",
        exports: "./index.js",
        scripts: { postinstall: "node x.js" },
      }),
      "node_modules/@acme/rewards/index.js": `export { default } from "${name}";`,
    },
  );
  expect(await resolving(folder, "@acme/rewards#score")).toBe("score");
});

test("a package that is there and leads nowhere is not called missing", async () => {
  const folder = await open({ packageJson: { exports: { "./package.json": "./package.json" } } });
  expect(await resolving(folder)).toMatch(
    /^The package "pavlov-reward-bad" has no module to import.* whether the package was built\.$/,
  );
  expect(await resolving(folder, "pavlov-reward-gone#score")).toMatch(/"pavlov-reward-gone" is not installed for /);
});

test("what a package throws is its author's to mend, and what it defines wrongly is said without a general hint", async () => {
  expect(await resolving(await open({ code: 'throw new Error("no database");' }))).toBe(
    "pavlov-reward-bad@1.0.0 could not be imported: no database. " +
      "Install another version of the package, or ask its author.",
  );
  await project?.remove();
  const code = `import { definePlugin } from "@pavlov/core"; export default definePlugin({ namespace: "Bad", rewards: {} });`;
  expect(await resolving(await open({ code }))).toMatch(/is not a plugin's namespace: .* digits and -\.$/);
});

test("peers are looked for where a linked package really lies, as pnpm lays it out", async () => {
  const folder = await open(
    { packageJson: { peerDependencies: { duckdb: "^1.0.0" } } },
    {
      "store/node_modules/duckdb/package.json": JSON.stringify({ name: "duckdb", version: "1.4.0" }),
    },
  );
  const place = join(folder, "node_modules", name);
  const stored = join(folder, "store/node_modules", name);
  await rename(place, stored);
  await symlink(stored, place);
  const { plugins, problems } = await discoverPlugins(folder);
  expect(problems).toEqual([]);
  expect(plugins).toHaveLength(1);
  expect(await resolving(folder)).toBe("score");
  await rm(join(folder, "store/node_modules/duckdb"), { recursive: true });
  expect(await resolving(folder)).toMatch(/needs duckdb/);
});
