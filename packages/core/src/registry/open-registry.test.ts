import { access } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { defineReward } from "../define-reward.js";
import { dependingOn, installedPlugin, type PluginFixture } from "../discovery/plugin-project.test.support.js";
import { PavlovError } from "../error.js";
import { definePlugin } from "../plugin.js";
import { createProject, type TemporaryProject } from "./project.test.support.js";
import { openRegistry, type Registry } from "./registry.js";

const math = defineReward({ name: "math", description: "Always 1.", range: [0, 1], score: () => 1 });
const builtIn = definePlugin({ namespace: "pavlov", rewards: { math } });

let project: TemporaryProject | undefined;
afterEach(async () => {
  await project?.remove();
  project = undefined;
});

async function open(files: Readonly<Record<string, string>>): Promise<Registry> {
  project = await createProject(files);
  return openRegistry({ plugins: [builtIn], cwd: project.folder });
}

async function openWith(fixture: PluginFixture): Promise<Registry> {
  return open({
    "package.json": dependingOn("pavlov-reward-good", "pavlov-reward-bad"),
    ...installedPlugin("pavlov-reward-good"),
    ...installedPlugin("pavlov-reward-bad", fixture),
  });
}

/** Message and hint of why a reference does not resolve; the good plugin beside must resolve. */
async function refusal(registry: Registry, reference = "bad/score"): Promise<string> {
  await expect(registry.resolve("good/score")).resolves.toMatchObject({ reward: { name: "score" } });
  const thrown: unknown = await registry.resolve(reference).catch((error: unknown) => error);
  if (!PavlovError.isInstance(thrown)) throw new Error(`not refused by a PavlovError: ${String(thrown)}`);
  return `${thrown.message} ${thrown.hint ?? ""}`.trim();
}

test("an installed plugin's rewards resolve by namespace, with their package and a module for workers", async () => {
  const registry = await open({
    "package.json": dependingOn("@acme/pavlov-reward-sql"),
    ...installedPlugin("@acme/pavlov-reward-sql", { version: "2.3.4" }),
  });
  expect(registry.names).toEqual(["math", "sql/score"]);
  const found = await registry.resolve("sql/score");
  expect(found).toMatchObject({
    reward: { name: "score" },
    package: { name: "@acme/pavlov-reward-sql", version: "2.3.4" },
    source: { exportName: "score" },
  });
  expect(found.source?.module).toMatch(/^file:.*pavlov-reward-sql\/dist\/index\.js$/);
  expect(await registry.resolve("@acme/pavlov-reward-sql#score")).toMatchObject({ reward: { name: "score" } });
});

test("a plugin's code runs when one of its rewards is resolved, and not before", async () => {
  const code = `import { writeFileSync } from "node:fs";
    import { definePlugin, defineReward } from "@pavlov/core";
    writeFileSync(new URL("ran", import.meta.url), "");
    const score = defineReward({ name: "score", description: "Always 1.", range: [0, 1], score: () => 1 });
    export default definePlugin({ namespace: "bad", rewards: { score } });`;
  const registry = await openWith({ code });
  const ran = join(project?.folder ?? "", "node_modules/pavlov-reward-bad/dist/ran");
  await registry.resolve("good/score");
  await registry.resolve("math");
  registry.preset("bad/recommended");
  await registry.resolve("bad/gone").catch(() => undefined);
  await expect(access(ran)).rejects.toThrow("ENOENT");
  await registry.resolve("bad/score");
  await expect(access(ran)).resolves.toBeUndefined();
});

test("a preset's rewards with what they are used with", async () => {
  const registry = await openWith({});
  expect(registry.preset("good/recommended")).toEqual([{ name: "score", use: "good/score", weight: 0.5 }]);
  expect(() => registry.preset("good/recomended")).toThrow(
    'There is no preset "good/recomended". Did you mean "good/recommended"? There are: bad/recommended, good/recommended.',
  );
  expect(() => registry.preset("constructor")).toThrow(/There is no preset/);
  expect(() => registry.preset("good/__proto__")).toThrow(/There is no preset/);
});

describe("a plugin that fails when it is used is a sentence with the package and the fix:", () => {
  test("throws on import", async () => {
    const registry = await openWith({ code: 'throw new Error("no licence found");' });
    expect(await refusal(registry)).toBe(
      "pavlov-reward-bad@1.0.0 could not be imported: no licence found. " +
        "Install another version of the package, or ask its author.",
    );
  });

  test("imports what is not installed", async () => {
    const registry = await openWith({ code: 'import "some-database/client"; export default 3;' });
    expect(await refusal(registry)).toMatch(
      /^pavlov-reward-bad@1.0.0 could not be imported: Cannot find package 'some-database'.* Run: npm install some-database$/,
    );
  });

  test("exports something else, or nothing by default", async () => {
    const registry = await openWith({ code: "export default { rewards: [] };" });
    expect(await refusal(registry)).toBe(
      "pavlov-reward-bad@1.0.0 exports by default an object that definePlugin did not make, where a plugin must be. " +
        "Its author writes: export default definePlugin({ namespace, rewards }).",
    );
    await project?.remove();
    expect(await refusal(await openWith({ code: "export const score = 1;" }))).toMatch(/has no default export, where/);
  });

  test("has other rewards or another namespace than its manifest says", async () => {
    const code = (namespace: string, name: string) => `
      import { definePlugin, defineReward } from "@pavlov/core";
      const one = defineReward({ name: "${name}", description: "Always 1.", range: [0, 1], score: () => 1 });
      export default definePlugin({ namespace: "${namespace}", rewards: { "${name}": one } });`;
    expect(await refusal(await openWith({ code: code("bad", "other") }))).toBe(
      'The manifest of pavlov-reward-bad@1.0.0 is not that of its code: it promises the reward "score", which the code ' +
        "does not have. Its author runs pavlov plugin build before publishing.",
    );
    await project?.remove();
    expect(await refusal(await openWith({ code: code("worse", "score") }))).toMatch(
      /it says "bad", and the code has the namespace "worse"/,
    );
  });

  test("is of another version of the API, and named in full", async () => {
    const code = 'export default { apiVersion: 2, namespace: "bad", rewards: {} };';
    expect(await refusal(await openWith({ code }), "pavlov-reward-bad#score")).toMatch(
      /^pavlov-reward-bad@1.0.0 is made for version 2 of the plugin API and this is version 1: upgrade @pavlov\/core/,
    );
  });

  test("is not built", async () => {
    const registry = await openWith({ packageJson: { exports: { ".": "./dist/gone.js" } } });
    expect(await refusal(registry)).toMatch(/pavlov-reward-bad@1.0.0 (could not be imported|has no module to import)/);
  });

  test("cannot be used at all: a reference to it says why", async () => {
    const registry = await openWith({ packageJson: { scripts: { install: "node x.js" } } });
    expect(await refusal(registry)).toMatch(
      /^There is no reward "bad\/score": pavlov-reward-bad@1\.0\.0 cannot be used: it runs a script where it is installed/,
    );
    expect(await refusal(registry, "maths")).not.toMatch(/cannot be used/);
  });
});

test("files that import each other in a circle are named", async () => {
  const one = (name: string, other: string) => `
    import { compose, defineReward, use } from "@pavlov/core";
    import { ${other} } from "./${other}.ts";
    const own = defineReward({ name: "own", description: "Always 1.", range: [0, 1], score: () => 1 });
    export const ${name} = compose({ own: use(own), other: use(${other}) }, { name: "${name}", description: "Both." });`;
  const registry = await open({
    "rewards/first.ts": one("first", "second"),
    "rewards/second.ts": one("second", "first"),
  });
  const thrown: unknown = await registry.resolve("./rewards/first.ts#first").catch((error: unknown) => error);
  expect(String(thrown)).toMatch(/These files import each other: first\.ts → second\.ts → first\.ts\./);
  expect(PavlovError.isInstance(thrown) && thrown.hint).toBe(
    "Move what they share into a third file that imports neither; types alone are imported with import type.",
  );
});
