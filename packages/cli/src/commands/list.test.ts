// Runs the built command in projects with plugins that are well and plugins that are not: each of these is said to be so.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createTestProject,
  dependingOn,
  executes,
  installedPlugin,
  type TestProject,
} from "../catalog/project.test.fixture.js";

const broken: Readonly<Record<string, readonly [Record<string, string>, string, string]>> = {
  "pavlov-reward-no-field": [
    installedPlugin("pavlov-reward-no-field", { packageJson: { pavlov: undefined } }),
    'its package.json has no "pavlov" field that names a manifest',
    'Its author adds: "pavlov": { "apiVersion": 1, "manifest": "./dist/manifest.json" }.',
  ],
  "pavlov-reward-no-manifest": [
    installedPlugin("pavlov-reward-no-manifest", { manifest: null }),
    "its manifest ./dist/manifest.json is not there",
    "Its author builds it with: pavlov plugin build.",
  ],
  "pavlov-reward-later": [
    installedPlugin("pavlov-reward-later", {
      packageJson: { pavlov: { apiVersion: 2, manifest: "./dist/manifest.json" } },
    }),
    "it is made for version 2 of the plugin API and this is version 1",
    "Upgrade @pavlov/core.",
  ],
  "pavlov-reward-earlier": [
    installedPlugin("pavlov-reward-earlier", { manifest: { apiVersion: 0 } }),
    "it is made for version 0 of the plugin API and this is version 1",
    "Upgrade the plugin.",
  ],
  "pavlov-reward-script": [
    installedPlugin("pavlov-reward-script", { packageJson: { scripts: { postinstall: "node dist/index.js" } } }),
    "it runs a script where it is installed (postinstall), which plugins must not",
    "Remove the package, and ask its author to remove the script.",
  ],
  "pavlov-reward-twin": [
    installedPlugin("pavlov-reward-twin", { namespace: "twin" }),
    'pavlov-reward-twin@1.2.0 and @acme/pavlov-reward-twin@1.2.0 have the same namespace, "twin"',
    "Remove all but one of them",
  ],
  "@acme/pavlov-reward-twin": [
    installedPlugin("@acme/pavlov-reward-twin", { namespace: "twin" }),
    'have the same namespace, "twin"',
    "name their rewards in full: package-name#reward.",
  ],
  "pavlov-reward-peer": [
    installedPlugin("pavlov-reward-peer", { packageJson: { peerDependencies: { "a-database": "^3.0.0" } } }),
    "it needs a-database ^3.0.0 beside it, which is not installed",
    "Run: npm install a-database@^3.0.0",
  ],
  "pavlov-reward-core": [
    installedPlugin("pavlov-reward-core", { packageJson: { peerDependencies: { "@pavlov/core": "^9.0.0" } } }),
    "it needs @pavlov/core ^9.0.0, and",
    "Run: npm install @pavlov/core@^9.0.0",
  ],
  "pavlov-reward-huge": [
    installedPlugin("pavlov-reward-huge", { manifest: `{"padding":"${"x".repeat(1024 * 1024)}"}` }),
    "its manifest ./dist/manifest.json has 1,048,590 bytes, and at most 1,048,576 are read",
    "Install it again",
  ],
  "pavlov-reward-escape": [
    installedPlugin("pavlov-reward-escape", {
      packageJson: { pavlov: { apiVersion: 1, manifest: "../../package.json" } },
    }),
    'its manifest "../../package.json" is not inside the package',
    'In package.json: "pavlov": { "manifest": "./dist/manifest.json" }.',
  ],
  "pavlov-reward-proto": [
    installedPlugin("pavlov-reward-proto", {
      manifest: '{"apiVersion":1,"namespace":"proto","rewards":{"__proto__":{"name":"polluted"}}}',
    }),
    'has the key "__proto__", which is refused',
    "Install it again",
  ],
  "pavlov-reward-shadow": [
    installedPlugin("pavlov-reward-shadow", { namespace: "pavlov" }),
    'it takes the namespace "pavlov", which is that of the built-in rewards',
    "Remove the package; its author must choose another namespace.",
  ],
  "pavlov-reward-form": [
    installedPlugin("pavlov-reward-form", { manifest: { rewards: { executes: { ...executes, range: [0] } } } }),
    "its manifest ./dist/manifest.json is not one: rewards.executes.range",
    "Its author builds it with: pavlov plugin build.",
  ],
  "pavlov-reward-gone": [{}, "package.json names it and it is not installed", "Run: npm install"],
};

let project: TestProject;
beforeAll(async () => {
  project = await createTestProject({
    "package.json": dependingOn("pavlov-reward-sql", ...Object.keys(broken)),
    ...installedPlugin("pavlov-reward-sql"),
    ...Object.assign({}, ...Object.values(broken).map(([files]) => files)),
    "rewards/mine.ts": `import { defineReward } from "@pavlov/core";
      export const mine = defineReward({ name: "mine", description: "Mine.", range: [0, 1], score: () => 1 });\n`,
    "rewards/mine.test.ts": "defineReward({})",
    "rewards/words.ts": "export const words = 3;",
  });
});
afterAll(() => project.remove());

interface Listed {
  readonly plugins: readonly {
    readonly namespace: string;
    readonly package: string;
    readonly builtIn: boolean;
    readonly rewards: readonly { readonly use: string; readonly range: unknown; readonly fixtures: number }[];
  }[];
  readonly files: readonly string[];
  readonly problems: readonly { readonly package: string; readonly reason: string; readonly fix: string }[];
}

/** What the command prints without options, once for all tests. */
let everything: Promise<Listed> | undefined;

async function listed(...args: readonly string[]): Promise<Listed> {
  if (args.length === 0) return (everything ??= listJson());
  return listJson(...args);
}

async function listJson(...args: readonly string[]): Promise<Listed> {
  const { stdout, code } = await project.pavlov("list", "--json", ...args);
  expect(code).toBe(0);
  return JSON.parse(stdout) as Listed;
}

describe("a plugin that cannot be used", () => {
  test.each(Object.entries(broken))("%s is named with the reason and what to do", async (name, [, reason, fix]) => {
    const { problems } = await listed();
    const own = problems.filter((problem) => problem.package === name || problem.package === `${name}@1.2.0`);
    expect(own).toEqual([
      expect.objectContaining({ reason: expect.stringContaining(reason), fix: expect.stringContaining(fix) }),
    ]);
  });

  test("keeps no other from being listed", async () => {
    const { plugins, files } = await listed();
    expect(plugins.map(({ namespace, builtIn }) => [namespace, builtIn])).toEqual([
      ["pavlov", true],
      ["sql", false],
    ]);
    expect(plugins[1]?.rewards).toEqual([
      expect.objectContaining({ use: "sql/executes", range: [0, 1], fixtures: 12 }),
    ]);
    expect(files).toEqual(["./rewards/mine.ts"]);
  });

  test("is a warning, a line each", async () => {
    const { stdout, stderr, code } = await project.pavlov("list", "--plugins");
    const lines = stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(Object.keys(broken).length);
    for (const line of lines) expect(line).toMatch(/^warning: \S+ cannot be used: .+\. \S.+/);
    expect(stdout).toContain(
      "sql  pavlov-reward-sql@1.2.0\n  sql/executes  [0, 1]  query, schema?  Runs the completion's SQL.\n",
    );
    expect(code).toBe(0);
  });

  test("says so where it is asked for, and where a reward of it is", async () => {
    const { stderr, code } = await project.pavlov("info", "pavlov-reward-script");
    expect(stderr).toContain("pavlov-reward-script@1.2.0 cannot be used: it runs a script where it is installed");
    expect(stderr).toContain("hint:  Remove the package");
    expect(code).toBe(1);
    expect((await project.pavlov("info", "twin")).stderr).toContain('have the same namespace, "twin"');
  });
});

test("no code of a plugin is run in order to be listed, shown or written into a schema", async () => {
  await project.pavlov("list");
  expect((await project.pavlov("info", "sql/executes")).code).toBe(0);
  expect((await project.pavlov("info", "pavlov-reward-sql")).code).toBe(0);
  expect((await project.pavlov("schema")).code).toBe(0);
  await project.pavlov("search", "sql", "--registry", "http://127.0.0.1:1/");
  for (const name of ["pavlov-reward-sql", ...Object.keys(broken)])
    expect([name, project.hasRun(name)]).toEqual([name, false]);
});

test("a text leaves the rewards that have it in their name, package, description or columns", async () => {
  expect((await listed("SQL")).plugins.map(({ package: name }) => name)).toEqual(["pavlov-reward-sql"]);
  const byColumn = (await listed("query")).plugins.flatMap(({ rewards }) => rewards.map(({ use }) => use));
  expect(byColumn).toEqual(["sql/executes"]);
  const { stdout } = await project.pavlov("list", "mathematics", "--quiet");
  expect(stdout.trim().split("\n")).toContain("math");
  expect((await project.pavlov("list", "no such thing")).stdout).toContain("pavlov search no such thing");
});

test("--built-in leaves plugins and their problems out, and --quiet prints names alone", async () => {
  const { stdout, stderr } = await project.pavlov("list", "--built-in", "--quiet");
  expect(stderr).toBe("");
  expect(stdout.split("\n")).toEqual(expect.arrayContaining(["math", "exact-answer", "think-answer"]));
  expect(stdout).not.toContain("sql");
  expect((await project.pavlov("list", "--built-in", "--plugins")).code).toBe(2);
});

test("the built-in rewards are listed as they are", async () => {
  const { describePlugin } = await import("@pavlov/core");
  const { default: plugin } = await import("@pavlov/rewards");
  const [builtIn] = (await listed("--built-in")).plugins;
  // How many fixtures there are is known to the build alone.
  const known = Object.values(describePlugin(plugin).rewards).map((reward) => ({
    use: reward.name,
    ...reward,
    fixtures: expect.any(Number) as number,
  }));
  expect(builtIn?.rewards).toEqual(known);
  expect(builtIn?.rewards.find(({ use }) => use === "math")?.fixtures).toBeGreaterThan(20);
});

test("a package.json that is no JSON is an error that names it", async () => {
  const empty = await createTestProject({ "package.json": "" });
  const { stderr, code } = await empty.pavlov("list");
  expect(stderr).toMatch(/^error: .*package\.json: it is not JSON/);
  expect(code).toBe(1);
  await empty.remove();
});
