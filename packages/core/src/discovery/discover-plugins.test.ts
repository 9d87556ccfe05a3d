import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createProject, type TemporaryProject } from "../registry/project.test.support.js";
import { discoverPlugins } from "./discover-plugins.js";
import { formatProblem } from "./plugin-package.js";
import { dependingOn, installedPlugin, manifestOf, type PluginFixture } from "./plugin-project.test.support.js";

let project: TemporaryProject | undefined;
afterEach(async () => {
  await project?.remove();
  project = undefined;
});

async function open(files: Readonly<Record<string, string>>): Promise<string> {
  project = await createProject(files);
  return project.folder;
}

/** Namespaces that were found, and the problems as sentences, where `pavlov-reward-good` is installed beside. */
async function found(files: Readonly<Record<string, string>>, ...names: readonly string[]) {
  const folder = await open({
    "package.json": dependingOn("pavlov-reward-good", ...names),
    ...installedPlugin("pavlov-reward-good"),
    ...files,
  });
  const { plugins, problems } = await discoverPlugins(folder);
  return { namespaces: plugins.map(({ manifest }) => manifest.namespace), problems: problems.map(formatProblem) };
}

/** What is said of a plugin that cannot be used. The good one beside it must go on working. */
async function problemOf(fixture: PluginFixture, name = "pavlov-reward-bad"): Promise<string | undefined> {
  const { namespaces, problems } = await found(installedPlugin(name, fixture), name);
  expect(namespaces).toEqual(["good"]);
  expect(problems).toHaveLength(1);
  return problems[0];
}

describe("what is found", () => {
  test("dependencies by name and keyword, of every kind, sorted by namespace", async () => {
    const folder = await open({
      "package.json": JSON.stringify({
        dependencies: { "pavlov-reward-sql": "^1.0.0", "left-pad": "*", "pavlov-reward-unrelated": "*" },
        devDependencies: { "@acme/pavlov-reward-code": "^1.0.0" },
        optionalDependencies: { "pavlov-reward-alpha": "^1.0.0" },
      }),
      ...installedPlugin("pavlov-reward-sql", { version: "2.3.4" }),
      ...installedPlugin("@acme/pavlov-reward-code"),
      ...installedPlugin("pavlov-reward-alpha"),
      // Installed, and not depended on; named so, without the keyword; with the keyword, and named otherwise.
      ...installedPlugin("pavlov-reward-transitive"),
      ...installedPlugin("pavlov-reward-unrelated", { packageJson: { keywords: ["pavlov"] } }),
      ...installedPlugin("left-pad"),
    });
    const { plugins, problems, project: root } = await discoverPlugins(folder);
    expect(plugins.map(({ manifest, package: { name, version } }) => [manifest.namespace, name, version])).toEqual([
      ["alpha", "pavlov-reward-alpha", "1.0.0"],
      ["code", "@acme/pavlov-reward-code", "1.0.0"],
      ["sql", "pavlov-reward-sql", "2.3.4"],
    ]);
    expect(problems).toEqual([]);
    expect(root).toBe(folder);
    expect(plugins[2]?.manifest).toEqual(manifestOf("sql"));
  });

  test("nothing where there is no project, and where it depends on nothing", async () => {
    const folder = await open({ "package.json": "{}" });
    expect(await discoverPlugins(folder)).toEqual({ project: folder, plugins: [], problems: [] });
    expect(await discoverPlugins("/")).toEqual({ project: undefined, plugins: [], problems: [] });
  });

  test("from a folder inside the project, and hoisted above a workspace or linked into it", async () => {
    const folder = await open({
      "package.json": JSON.stringify({ workspaces: ["packages/*"], devDependencies: { "pavlov-reward-root": "*" } }),
      "packages/app/package.json": dependingOn("pavlov-reward-hoisted", "pavlov-reward-linked"),
      "packages/app/configs/deep/file.txt": "",
      ...installedPlugin("pavlov-reward-root"),
      ...installedPlugin("pavlov-reward-hoisted"),
    });
    const linked = Object.entries(installedPlugin("pavlov-reward-linked"));
    for (const [path, text] of linked) {
      const target = join(folder, "packages/linked", path.replace("node_modules/pavlov-reward-linked/", ""));
      await mkdir(join(target, ".."), { recursive: true });
      await writeFile(target, text);
    }
    await symlink(join(folder, "packages/linked"), join(folder, "node_modules/pavlov-reward-linked"));
    const { plugins, project: root } = await discoverPlugins(join(folder, "packages/app/configs/deep"));
    expect(plugins.map(({ manifest }) => manifest.namespace)).toEqual(["hoisted", "linked", "root"]);
    expect(root).toBe(join(folder, "packages/app"));
  });

  test("the project itself, where it is a plugin", async () => {
    const files = Object.entries(installedPlugin("pavlov-reward-own"));
    const own = files.map(([path, text]) => [path.replace("node_modules/pavlov-reward-own/", ""), text] as const);
    const { plugins } = await discoverPlugins(await open(Object.fromEntries(own)));
    expect(plugins.map(({ manifest }) => manifest.namespace)).toEqual(["own"]);
  });

  test("no code runs, and what a later builder adds to a manifest is no fault", async () => {
    const later = { ...manifestOf("later"), colour: "red", presets: undefined };
    const code = 'import { writeFileSync } from "node:fs"; writeFileSync(new URL("ran", import.meta.url), "");';
    const { namespaces } = await found(
      installedPlugin("pavlov-reward-later", { manifest: later, code }),
      "pavlov-reward-later",
    );
    expect(namespaces).toEqual(["good", "later"]);
    const { access } = await import("node:fs/promises");
    const ran = join(project?.folder ?? "", "node_modules/pavlov-reward-later/dist/ran");
    await expect(access(ran)).rejects.toThrow("ENOENT");
  });
});

test("Plug'n'Play is refused with what to do, instead of finding nothing", async () => {
  await expect(discoverPlugins(await open({ "package.json": "{}" }), { pnp: "3" })).rejects.toMatchObject({
    message: "Plugins cannot be found under Yarn's Plug'n'Play, which is not supported.",
    hint: "Write nodeLinker: node-modules into .yarnrc.yml, and run: yarn install",
  });
});

describe("a plugin that cannot be used is a sentence, and the others go on working:", () => {
  test("not installed", async () => {
    const { namespaces, problems } = await found({}, "pavlov-reward-gone");
    expect(namespaces).toEqual(["good"]);
    expect(problems).toEqual([
      "pavlov-reward-gone cannot be used: package.json names it and it is not installed. Run: npm install",
    ]);
  });

  test("no manifest, none that package.json names, and a package.json that is broken", async () => {
    expect(await problemOf({ manifest: null })).toBe(
      "pavlov-reward-bad@1.0.0 cannot be used: its manifest ./dist/manifest.json is not there. " +
        "Its author builds it with: pavlov plugin build.",
    );
    await project?.remove();
    expect(await problemOf({ packageJson: { pavlov: undefined } })).toMatch(
      /has no "pavlov" field that names a manifest/,
    );
    await project?.remove();
    expect(await problemOf({ packageJson: { pavlov: { apiVersion: 1, manifest: 3 } } })).toMatch(
      /names no manifest, but 3/,
    );
    await project?.remove();
    const broken = { ...installedPlugin("pavlov-reward-bad"), "node_modules/pavlov-reward-bad/package.json": "{ nope" };
    const { namespaces, problems } = await found(broken, "pavlov-reward-bad");
    expect(namespaces).toEqual(["good"]);
    expect(problems[0]).toMatch(/^pavlov-reward-bad cannot be used: its package.json is not JSON: .*Install it again/);
  });

  test("another version of the API, said by package.json or by the manifest", async () => {
    expect(await problemOf({ packageJson: { pavlov: { apiVersion: 2, manifest: "./dist/manifest.json" } } })).toBe(
      "pavlov-reward-bad@1.0.0 cannot be used: it is made for version 2 of the plugin API and this is version 1. " +
        "Upgrade @pavlov/core.",
    );
    await project?.remove();
    expect(await problemOf({ manifest: { ...manifestOf("bad"), apiVersion: 0 } })).toMatch(/Upgrade the plugin\.$/);
  });

  test("a script that runs at installation", async () => {
    expect(await problemOf({ packageJson: { scripts: { postinstall: "node x.js", test: "vitest" } } })).toBe(
      "pavlov-reward-bad@1.0.0 cannot be used: it runs a script where it is installed (postinstall), which plugins " +
        "must not. Remove the package, and ask its author to remove the script.",
    );
  });

  test("a peer that is missing, and one of another version", async () => {
    expect(await problemOf({ packageJson: { peerDependencies: { "some-database": "^3.0.0" } } })).toBe(
      "pavlov-reward-bad@1.0.0 cannot be used: it needs some-database ^3.0.0 beside it, which is not installed. " +
        "Run: npm install some-database@^3.0.0",
    );
    await project?.remove();
    expect(await problemOf({ packageJson: { peerDependencies: { "@pavlov/core": ">=90 <91" } } })).toMatch(
      /it needs @pavlov\/core >=90 <91, and \d+\.\d+\.\d+ is installed\. Run: npm install "@pavlov\/core@>=90 <91"/,
    );
    await project?.remove();
    const optional = { peerDependencies: { gone: "1" }, peerDependenciesMeta: { gone: { optional: true } } };
    const { namespaces } = await found(
      installedPlugin("pavlov-reward-sql", { packageJson: optional }),
      "pavlov-reward-sql",
    );
    expect(namespaces).toEqual(["good", "sql"]);
  });

  test("two with one namespace: both are named and neither is used", async () => {
    const files = {
      ...installedPlugin("pavlov-reward-sql"),
      ...installedPlugin("@acme/pavlov-reward-sql", { version: "3.0.0" }),
    };
    const { namespaces, problems } = await found(files, "pavlov-reward-sql", "@acme/pavlov-reward-sql");
    expect(namespaces).toEqual(["good"]);
    expect(problems).toHaveLength(2);
    expect(problems[0]).toBe(
      "pavlov-reward-sql@1.0.0 cannot be used: pavlov-reward-sql@1.0.0 and @acme/pavlov-reward-sql@3.0.0 have the same " +
        'namespace, "sql". Remove all but one of them, or name their rewards in full: package-name#reward.',
    );
  });

  test("the namespace of the built-in rewards", async () => {
    expect(await problemOf({ namespace: "pavlov" })).toMatch(
      /it takes the namespace "pavlov", which is that of the built-in/,
    );
  });

  test("a manifest that is no manifest, with the place in it", async () => {
    expect(await problemOf({ manifest: "{" })).toMatch(/its manifest .\/dist\/manifest.json is not JSON/);
    await project?.remove();
    expect(await problemOf({ manifest: "[]" })).toMatch(/must hold an object/);
    await project?.remove();
    const { score } = manifestOf("bad").rewards;
    const manifest = { ...manifestOf("bad"), rewards: { score: { ...score, range: [0] } } };
    expect(await problemOf({ manifest })).toMatch(/is not one: rewards.score.range must NOT have fewer than 2 items/);
  });

  test.each(["../../../outside.json", "/etc/hostname", "./dist/../../x.json", "..\\x.json"])(
    "a manifest at %s, outside the package",
    async (manifest) => {
      const problem = await problemOf({ packageJson: { pavlov: { apiVersion: 1, manifest } } });
      expect(problem).toMatch(/is not inside the package|is not there/);
    },
  );

  test("a manifest that is a link out of the package", async () => {
    const folder = await open({
      "package.json": dependingOn("pavlov-reward-bad"),
      "secret.json": JSON.stringify(manifestOf("bad")),
      ...installedPlugin("pavlov-reward-bad", { manifest: null }),
    });
    await symlink(join(folder, "secret.json"), join(folder, "node_modules/pavlov-reward-bad/dist/manifest.json"));
    const { plugins, problems } = await discoverPlugins(folder);
    expect(plugins).toEqual([]);
    expect(problems[0]?.reason).toMatch(/is not inside the package/);
  });

  test("an oversized manifest, one that is nested without end, and keys that reach prototypes", async () => {
    const huge = JSON.stringify({ ...manifestOf("bad"), filler: "x".repeat(1024 * 1024) });
    expect(await problemOf({ manifest: huge })).toMatch(/has 1,\d{3},\d{3} bytes, and at most 1,048,576 are read/);
    await project?.remove();
    expect(await problemOf({ manifest: `{"a":${"[".repeat(9000)}${"]".repeat(9000)}}` })).toMatch(
      /nested more than 100 deep/,
    );
    await project?.remove();
    const polluted = JSON.stringify(manifestOf("bad")).replace("{", '{"__proto__":{"isAdmin":true},');
    expect(await problemOf({ manifest: polluted })).toMatch(/has the key "__proto__", which is refused/);
    await project?.remove();
    const deep = JSON.stringify(manifestOf("bad")).replace(
      '"properties":{',
      '"properties":{"constructor":{"prototype":{}}',
    );
    expect(await problemOf({ manifest: deep })).toMatch(/has the key "constructor", which is refused/);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  test("the project's own package.json is broken: an error that names it", async () => {
    await expect(discoverPlugins(await open({ "package.json": "{ nope" }))).rejects.toThrow(
      /package\.json: it is not JSON/,
    );
  });
});
