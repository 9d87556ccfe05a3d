/** The built command on a plugin as `npm create pavlov-reward` makes it, and on what its author does wrong. */
import { spawnSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PavlovError } from "@pavlov/core";
import { readPackageFile, readPluginPackage } from "@pavlov/core/plugins";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestPlugin, type TestPlugin } from "../plugin/plugin.test.fixture.js";
import { runHere, type Outcome } from "../run-here.test.fixture.js";

let plugin: TestPlugin;
beforeAll(async () => {
  plugin = await createTestPlugin();
});
afterAll(() => plugin.remove());

function run(program: string, args: readonly string[], cwd: string) {
  const env = { ...process.env, NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8", env });
  return { status, stdout, stderr };
}
const pavlov = (...args: readonly string[]): Promise<Outcome> => runHere(plugin.folder, args, { NO_COLOR: "1" });

describe("a plugin from the template", () => {
  test("is not checked before it is built", async () => {
    const { code, stdout } = await pavlov("plugin", "check");
    expect(stdout).toContain("✗ build            The plugin is not built: there is no ./dist/index.js.");
    expect(stdout).toContain("fix: Run: pavlov plugin build");
    expect(stdout).toContain("1 thing to mend before it is published.");
    expect(code).toBe(1);
  });

  test("is built, its tests pass and it can be published", { timeout: 240_000 }, async () => {
    const tested = run("npm", ["test"], plugin.folder);
    expect(tested.stdout).toContain("my-reward/score (11 fixtures)");
    expect(tested.stdout).toMatch(/Tests {2}\d+ passed \(\d+\)/);
    expect(tested.status).toBe(0);
    const manifest = await readPluginPackage(plugin.folder, await readPackageFile(plugin.folder));
    expect(manifest).toMatchObject({ namespace: "my-reward", rewards: { score: { fixtures: 11, range: [0, 1] } } });
    const checked = run("npm", ["run", "check"], plugin.folder);
    expect(checked.stdout).toContain("It can be published.");
    expect(checked.status).toBe(0);
  });

  test("is described in JSON, by building and by checking", async () => {
    const built = await pavlov("plugin", "build", "--json");
    expect(JSON.parse(built.stdout)).toEqual({
      package: "pavlov-reward-my-reward",
      version: "0.1.0",
      namespace: "my-reward",
      manifest: "./dist/manifest.json",
      emitted: ["dist/index.d.ts", "dist/index.js", "dist/score.d.ts", "dist/score.js"],
      rewards: { score: { fixtures: 11 } },
    });
    const checked = await pavlov("plugin", "check", "--json");
    expect(JSON.parse(checked.stdout)).toMatchObject({ passed: true, findings: [], rewards: [{ reward: "score" }] });
    expect(checked.stderr).toBe("");
    expect(await readdir(plugin.folder)).not.toContain(".pavlov");
  });

  test("has an example that runs", () => {
    const example = pathToFileURL(join(plugin.folder, "examples", "score-completions.ts")).href;
    const program = `import { importModule } from "@pavlov/core/plugins"; await importModule(${JSON.stringify(example)})`;
    const { stdout, stderr } = run(process.execPath, ["--input-type=module", "-e", program], plugin.folder);
    expect(stderr).toBe("");
    expect(stdout).toContain("[ 1, 0 ]");
  });
});

describe("a build leaves no plugin where something is wrong", () => {
  const broken = async (change: (copy: TestPlugin) => Promise<void>) => {
    const copy = await plugin.copy();
    try {
      await change(copy);
      await copy.drop("dist").catch(() => undefined);
      const ended = await runHere(copy.folder, ["plugin", "build"], { NO_COLOR: "1" });
      return { ...ended, files: await readdir(join(copy.folder, "dist")).catch(() => []) };
    } finally {
      await copy.remove();
    }
  };

  test("with the sources: tsc's own lines are shown", async () => {
    const { code, stderr, files } = await broken((copy) =>
      copy.edit("src/score.ts", (text) => text.replace("range: [0, 1]", 'range: [0, "1"]')),
    );
    expect(stderr).toContain("error: pavlov-reward-my-reward@0.1.0 does not compile:\nsrc/score.ts(");
    expect(stderr).toContain("hint:  Nothing was written");
    expect({ code, files }).toEqual({ code: 1, files: [] });
  });

  test("with the module: no manifest is left", async () => {
    const { code, stderr, files } = await broken((copy) =>
      copy.edit("src/index.ts", (text) => text.replace('namespace: "my-reward"', 'namespace: "My Reward"')),
    );
    expect(stderr).toContain('could not be imported: "My Reward" is not a plugin\'s namespace');
    expect(code).toBe(1);
    expect(files).not.toContain("manifest.json");
  });

  test.each<[string, (copy: TestPlugin) => Promise<void>, string, string]>([
    [
      "without TypeScript",
      (copy) => copy.drop("node_modules/typescript"),
      "There is no TypeScript in",
      "npm install --save-dev typescript",
    ],
    [
      "without a place for the manifest",
      (copy) => copy.editPackage((file) => delete file["pavlov"]),
      'has no "pavlov" field that says where the manifest is.',
      '"manifest": "./dist/manifest.json"',
    ],
    [
      "without exports",
      (copy) => copy.editPackage((file) => delete file["exports"]),
      'has no "exports" that lead to the plugin.',
      '"default": "./dist/index.js"',
    ],
    [
      "with another folder for what is compiled",
      (copy) => copy.edit("tsconfig.build.json", (text) => text.replace('"dist"', '"lib"')),
      "leads to ./dist/index.js, which the build did not make.",
      '"outDir"',
    ],
    [
      "with a manifest outside the package",
      (copy) => copy.editPackage((file) => (file["pavlov"] = { apiVersion: 1, manifest: "../manifest.json" })),
      "is not inside the package.",
      '"manifest": "./dist/manifest.json"',
    ],
  ])("%s", async (_, change, message, hint) => {
    const { code, stderr, files } = await broken(change);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
    expect({ code, files }).toEqual({ code: 1, files: [] });
  });
});

describe("the command line", () => {
  test("says what the commands are", async () => {
    const { stdout, code } = await pavlov("plugin", "--help");
    for (const name of ["init", "build", "check"]) expect(stdout).toContain(name);
    expect(code).toBe(0);
    expect((await pavlov("plugin", "check", "--help")).stdout).toContain("$ pavlov plugin check");
  });

  test.each([
    [["plugin", "init"], 2, "missing required argument 'name'"],
    [["plugin", "biuld"], 2, "unknown command 'biuld'"],
    [["plugin", "check", "--time-budget", "x"], 2, "It must be a number of at least 0.1."],
    [["plugin", "init", "My_Reward"], 1, 'Did you mean "my-reward"?'],
    [["plugin", "build", "nowhere"], 1, "is no package: package.json is not there."],
    [["plugin", "check", "nowhere"], 1, "npm create pavlov-reward my-reward"],
  ])("%j ends with a sentence", async (args, exitCode, message) => {
    const { code, stderr } = await pavlov(...args);
    expect(stderr).toContain(message);
    expect(code).toBe(exitCode);
  });

  test("a name that is taken is an error of the user's, made by another package", async () => {
    const { createPlugin } = await import("create-pavlov-reward");
    await expect(createPlugin("src", plugin.folder)).rejects.toSatisfy(PavlovError.isInstance);
  });
});
