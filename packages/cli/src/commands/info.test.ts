// Runs the built command: what is told of rewards, plugins, presets and files, and of what is none of them.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestProject, dependingOn, installedPlugin, type TestProject } from "../catalog/project.test.fixture.js";

let project: TestProject;
beforeAll(async () => {
  project = await createTestProject({
    "package.json": dependingOn("@acme/pavlov-reward-sql", "pavlov-reward-text"),
    ...installedPlugin("@acme/pavlov-reward-sql"),
    ...installedPlugin("pavlov-reward-text", {
      manifest: { presets: {}, namespace: "text", rewards: {} },
    }),
    "rewards/mine.ts": `import { defineReward } from "@pavlov/core";
      import { z } from "zod";
      const params: z.ZodObject = z.object({ level: z.number().min(0).describe("How much.") });
      export const first = defineReward({ name: "first", description: "One.", params, range: [0, 1], score: () => 1 });
      export const second = defineReward({ name: "second", description: "Two.", range: [0, 1], score: () => 1 });\n`,
    "rewards/none.ts": "export const nothing = 1;",
    "rewards/throws.ts": 'throw new Error("no database");',
  });
});
afterAll(() => project.remove());

test("a plugin's reward is told in full, from its manifest", async () => {
  const { stdout, code } = await project.pavlovProcess({}, "info", "sql/executes");
  expect(code).toBe(0);
  expect(stdout.replace(/sha256-\S+/, "sha256-…")).toBe(`sql/executes  @acme/pavlov-reward-sql@1.2.0
  Runs the completion's SQL. What it gives is compared with what the right query gives.

  range          [0, 1]
  scores         each completion by itself
  reads          the completion, prompt
  deterministic  yes
  cacheable      yes: results are kept on disk
  environment    DATABASE_PASSWORD
  needs          network
  fixtures       12
  docs           https://example.com/sql
  presets        sql/recommended
  location       node_modules/@acme/pavlov-reward-sql
  integrity      sha256-…

Columns
  name    type    default
  query   string  must be given  The right query.
  schema  string  optional

Params
  name      type            default
  database  string          must be given  Where it runs.
  rows      integer ≥ 1     100            Most rows that are compared.
  order     "any" | "same"  "any"

In a config
  rewards:
    executes:
      use: sql/executes
      columns: { query: query } # the reward's column: the dataset's
      params: { database: "…" }
`);
});

test("--json has the whole description", async () => {
  const { stdout } = await project.pavlov("info", "@acme/pavlov-reward-sql#executes", "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    kind: "reward",
    use: "sql/executes",
    package: "@acme/pavlov-reward-sql",
    version: "1.2.0",
    builtIn: false,
    integrity: expect.stringMatching(/^sha256-/),
    needs: ["network"],
    presets: ["sql/recommended"],
    params: { required: ["database"] },
    example: expect.stringContaining("use: sql/executes"),
  });
});

test("the example is a config that parses", async () => {
  const { parse } = await import("yaml");
  const { stdout } = await project.pavlov("info", "sql/executes", "--json");
  const { example } = JSON.parse(stdout) as { example: string };
  expect(parse(example)).toEqual({
    rewards: { executes: { use: "sql/executes", columns: { query: "query" }, params: { database: "…" } } },
  });
});

test.each(["sql", "@acme/pavlov-reward-sql"])("the plugin %s is shown with its rewards and presets", async (name) => {
  const { stdout, code } = await project.pavlov("info", name);
  expect(code).toBe(0);
  expect(stdout).toContain("sql/executes  [0, 1]  query, schema?  Runs the completion's SQL.");
  expect(stdout).toContain("Preset sql/recommended  rewards: { $preset: sql/recommended }");
  expect(stdout).toMatch(/executes +sql\/executes +0\.5 +params: \{"database":"test"\}, columns: \{"query":"sql"\}/);
});

test("a preset is shown, and told as JSON", async () => {
  const { stdout } = await project.pavlov("info", "sql/recommended", "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    kind: "preset",
    name: "sql/recommended",
    rewards: { executes: { weight: 0.5 } },
  });
});

test("built-in rewards are told with the settings that they take", async () => {
  const { stdout } = await project.pavlov("info", "math");
  expect(stdout).toMatch(/^math {2}@pavlov\/rewards@\d/);
  expect(stdout).toMatch(/requireBoxed +boolean +optional/);
  expect((await project.pavlov("info", "pavlov/math")).stdout).toBe(stdout);
});

describe("a file of one's own", () => {
  test("is imported, and each of its rewards is told", async () => {
    const { stdout, code } = await project.pavlov("info", "rewards/mine.ts");
    expect(code).toBe(0);
    expect(stdout).toContain("./rewards/mine.ts#first");
    expect(stdout).toContain("depends on params that must be given");
    expect(stdout).toContain("use: ./rewards/mine.ts#second");
    const one = JSON.parse((await project.pavlov("info", "./rewards/mine.ts#second", "--json")).stdout) as object;
    expect(one).toMatchObject({
      kind: "file",
      integrity: expect.stringMatching(/^sha256-/),
      rewards: [{ name: "second" }],
    });
  });

  test.each([
    ["./rewards/gone.ts", "The file ./rewards/gone.ts does not exist"],
    ["./rewards/none.ts", "./rewards/none.ts exports no reward."],
    ["./rewards/throws.ts", "no database"],
    ["./rewards/mine.ts#frist", 'Did you mean "first"?'],
  ])("%s: what is wrong is said in a sentence", async (path, message) => {
    const { stderr, stdout, code } = await project.pavlov("info", path);
    expect(stderr.split("\n")[0]).toContain(message);
    expect([stdout, code]).toEqual(["", 1]);
  });
});

test("what is not there is said in a sentence, with what there is", async () => {
  const { stderr, stdout, code } = await project.pavlov("info", "mth");
  expect(stderr).toBe(
    'error: There is no reward or plugin "mth" here. Did you mean "math"?\n' +
      "hint:  pavlov list shows what there is, pavlov search looks in the registry; a file is named by its path: ./rewards/mine.ts\n",
  );
  expect([stdout, code]).toEqual(["", 1]);
});
