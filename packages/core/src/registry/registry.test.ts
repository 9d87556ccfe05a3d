import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defineReward } from "../define-reward.js";
import { PavlovError } from "../error.js";
import { definePlugin } from "../plugin.js";
import { findReward } from "./find-reward.js";
import { importModule } from "./import-module.js";
import { createProject, type TemporaryProject } from "./project.test.support.js";
import { createRegistry } from "./registry.js";

const reward = <const Name extends string>(name: Name) =>
  defineReward({ name, description: "Always 1.", range: [0, 1], score: () => 1 });
const builtIn = definePlugin({ namespace: "pavlov", rewards: { math: reward("math"), length: reward("length") } });
const sql = definePlugin({ namespace: "sql", rewards: { executes: reward("executes") } });

const source = (...names: readonly string[]) =>
  ['import { defineReward } from "@pavlov/core";']
    .concat(
      names.map(
        (name) =>
          `export const ${name} = defineReward({ name: "${name}", description: "Always 1.", range: [0, 1], score: () => 1 });`,
      ),
    )
    .join("\n");

let project: TemporaryProject;

beforeAll(async () => {
  project = await createProject({
    "rewards/one.ts": `${source("one")}\nexport const limit: number = 3;\nenum Kind { A }\nexport const kind = Kind.A;`,
    "rewards/many.mjs": source("first", "second"),
    "rewards/plain.js": source("plain"),
    "rewards/none.ts": "export const answer = 42;",
    "rewards/throws.ts": 'throw new Error("no licence found");',
    "rewards/broken.ts": "export const = 3;",
    "rewards/default.ts": source("main").replace("export const main =", "export default"),
    "rewards/imports.ts": 'import { one } from "./one.js"; export const again = one;',
    "node_modules/@acme/pavlov-reward-sql/package.json": JSON.stringify({
      name: "@acme/pavlov-reward-sql",
      version: "2.3.4",
      type: "module",
      exports: { ".": { import: "./dist/index.js" } },
    }),
    "node_modules/@acme/pavlov-reward-sql/dist/index.js": `
      import { definePlugin, defineReward } from "@pavlov/core";
      const executes = defineReward({ name: "executes", description: "Runs.", range: [0, 1], score: () => 1 });
      export default definePlugin({ namespace: "acme", rewards: { executes } });`,
  });
});

afterAll(() => project.remove());

const resolve = (reference: string) =>
  createRegistry({ plugins: [builtIn, sql], cwd: project.folder }).resolve(reference);
const refusal = (reference: string) =>
  resolve(reference).then(
    () => "resolved",
    (thrown: unknown) => (PavlovError.isInstance(thrown) ? thrown.message : `not a PavlovError: ${String(thrown)}`),
  );

describe("names", () => {
  test("a built-in reward needs no namespace and may have it", async () => {
    expect((await resolve("math")).reward).toBe(builtIn.rewards.math);
    expect((await resolve("pavlov/math")).reward).toBe(builtIn.rewards.math);
  });

  test("another plugin's reward needs its namespace", async () => {
    expect((await resolve("sql/executes")).reward).toBe(sql.rewards.executes);
    expect(await refusal("executes")).toBe(
      'There is no reward "executes". Did you mean "sql/executes"? Known rewards: math, length, sql/executes.',
    );
  });

  test("a misspelt name is answered with the nearest and the list", async () => {
    expect(await refusal("lenght")).toBe(
      'There is no reward "lenght". Did you mean "length"? Known rewards: math, length, sql/executes.',
    );
  });

  test("prototype keys name nothing", async () => {
    for (const name of ["__proto__", "constructor", "sql/toString", "__proto__/constructor"]) {
      expect(await refusal(name)).toContain(`There is no reward "${name}".`);
    }
    expect(await refusal("./rewards/one.ts#__proto__")).toContain("exports no reward");
    expect(await refusal("./rewards/one.ts#constructor")).toContain("exports no reward");
  });

  test("a plugin that says where it is imported from lets a worker import it", async () => {
    const plugins = [
      { plugin: sql, module: "file:///sql.js", package: { name: "pavlov-reward-sql", version: "1.0.0" } },
    ];
    expect(await createRegistry({ plugins }).resolve("sql/executes")).toEqual({
      reward: sql.rewards.executes,
      source: { module: "file:///sql.js", exportName: "executes" },
      package: { name: "pavlov-reward-sql", version: "1.0.0" },
    });
    expect((await resolve("sql/executes")).source).toBeUndefined();
  });

  test("what is no reference is answered with the forms of one", async () => {
    for (const text of ["", "#x", "a/b/c", "math#", "a b"])
      expect(await refusal(text)).toContain("write it like math,");
  });
});

describe("plugins", () => {
  test("two of one namespace are refused by name", () => {
    const other = { plugin: sql, package: { name: "other-sql", version: "0.1.0" } };
    expect(() => createRegistry({ plugins: [sql, other] })).toThrow(
      'Two plugins have the namespace "sql": the plugin "sql" and other-sql@0.1.0. Remove one of them.',
    );
  });

  test("another API version says which side to upgrade", () => {
    expect(() => createRegistry({ plugins: [{ ...sql, apiVersion: 2 }] })).toThrow("upgrade @pavlov/core");
    expect(() => createRegistry({ plugins: [{ ...sql, apiVersion: 0 }] })).toThrow("upgrade the plugin");
  });
});

describe("local files", () => {
  test("TypeScript, with and without a name", async () => {
    for (const reference of ["./rewards/one.ts#one", "./rewards/one.ts", "rewards/one.ts"]) {
      const resolved = await resolve(reference);
      expect(resolved.reward.name).toBe("one");
      expect(resolved.package).toBeUndefined();
    }
  });

  test("JavaScript", async () => {
    expect((await resolve("./rewards/plain.js")).reward.name).toBe("plain");
    expect((await resolve("./rewards/many.mjs#second")).reward.name).toBe("second");
  });

  test("TypeScript that imports TypeScript, and a default export", async () => {
    expect((await resolve("./rewards/imports.ts#again")).reward.name).toBe("one");
    expect((await resolve("./rewards/default.ts")).reward.name).toBe("main");
  });

  test("the source imports the same reward again", async () => {
    for (const reference of ["./rewards/one.ts", "./rewards/default.ts#main", "./rewards/many.mjs#second"]) {
      const resolved = await resolve(reference);
      if (!resolved.source) throw new Error("no source");
      const again = findReward(await importModule(resolved.source.module), resolved.source.exportName);
      expect(again?.reward).toBe(resolved.reward);
    }
  });

  test("what is wrong is said in one sentence", async () => {
    expect(await refusal("./rewards/gone.ts#x")).toMatch(/^The reward's file .\/rewards\/gone.ts does not exist/);
    expect(await refusal("./rewards")).toMatch(/^The reward's file .\/rewards is a folder: it was looked for at /);
    expect(await refusal("./rewards/throws.ts")).toBe("./rewards/throws.ts could not be imported: no licence found.");
    expect(await refusal("./rewards/broken.ts")).toMatch(/^.\/rewards\/broken.ts could not be imported: /);
    expect(await refusal("./rewards/many.mjs#firs")).toBe(
      './rewards/many.mjs exports no reward "firs": it has first, second. Did you mean "first"?',
    );
    expect(await refusal("./rewards/one.ts#limit")).toBe(
      'The export "limit" of ./rewards/one.ts is not a reward: make it with defineReward.',
    );
    expect(await refusal("./rewards/none.ts")).toContain("exports no reward: export one");
    expect(await refusal("./rewards/many.mjs")).toBe(
      "./rewards/many.mjs exports several rewards (first, second): say which, as in ./rewards/many.mjs#first.",
    );
  });
});

describe("packages", () => {
  test("are resolved from the project, with their version", async () => {
    const resolved = await resolve("@acme/pavlov-reward-sql#executes");
    expect(resolved.reward.name).toBe("executes");
    expect(resolved.package).toEqual({ name: "@acme/pavlov-reward-sql", version: "2.3.4" });
    expect(resolved.source?.exportName).toBe("executes");
    expect(resolved.source?.module).toMatch(/^file:.*dist\/index\.js$/);
  });

  test("that are not installed say what to install", async () => {
    expect(await refusal("@acme/pavlov-reward-law#cites")).toBe(
      `The package "@acme/pavlov-reward-law" is not installed for ${project.folder}: ` +
        "install it with npm install @acme/pavlov-reward-law.",
    );
  });
});
