import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { onTestFinished, describe, expect, test } from "vitest";
import { PavlovError } from "../error.js";
import { createProject } from "./project.test.support.js";
import { createRegistry } from "./registry.js";

const sdk = 'import { compose, defineReward } from "@pavlov/core";';
const reward = (name: string, score: string) =>
  `export const ${name} = defineReward({ name: "${name}", description: "For tests.", range: [0, 9], score: () => ${score} });`;

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const project = await createProject(files);
  onTestFinished(() => project.remove());
  return project.folder;
}

async function refusal(files: Readonly<Record<string, string>>, reference: string): Promise<string> {
  const thrown: unknown = await createRegistry({ cwd: await folderOf(files) })
    .resolve(reference)
    .catch((error: unknown) => error);
  if (!PavlovError.isInstance(thrown)) throw new Error(`not refused by a PavlovError: ${String(thrown)}`);
  expect(thrown.hint).toBe(
    "Move what they share into a third file that imports neither; types alone are imported with import type.",
  );
  return thrown.message;
}

const circle = "These files import each other: a.ts → b.ts → a.ts.";

describe("files that import each other are named where", () => {
  test("they are composites of one another", async () => {
    const files = (ending: string) => ({
      [`a.${ending}`]: `${sdk} import { b } from "./b.${ending}"; export const a = compose({ b }, { name: "a" });`,
      [`b.${ending}`]: `${sdk} import { a } from "./a.${ending}"; export const b = compose({ a }, { name: "b" });`,
    });
    expect(await refusal(files("ts"), "./a.ts#a")).toBe(
      `./a.ts could not be imported: it and another file with rewards need each other. ${circle}`,
    );
    expect(await refusal(files("mjs"), "./a.mjs#a")).toMatch(
      /^\.\/a\.mjs could not be imported: .+\. These files import each other: a\.mjs → b\.mjs → a\.mjs\.$/,
    );
  });

  test("one reward is made of another's missing parts, which throws nothing", async () => {
    const spread = (name: string, other: string) =>
      `${sdk} import { ${other} } from "./${other}.js";
       export const ${name} = defineReward({ ...${other}, name: "${name}", description: "d", range: [0, 1], score: () => 1 });`;
    const files = { "a.ts": spread("a", "b"), "b.ts": spread("b", "a") };
    expect(await refusal(files, "./a.ts")).toContain(circle);
  });

  test("a value is computed before what it is computed from is there", async () => {
    const files = {
      "a.ts": `${sdk} import { base } from "./b.ts"; export const factor = 2; ${reward("a", "base")}`,
      "b.ts": 'import { factor } from "./a.ts"; export const base = factor * 2;',
    };
    expect(await refusal(files, "./a.ts#a")).toBe(
      './a.ts could not be imported: "base" of b.ts is NaN, since what it needs was not there yet. ' + circle,
    );
  });

  test("they only pass each other's exports on", async () => {
    const files = { "a.ts": 'export { r } from "./b.ts";', "b.ts": 'export { r } from "./a.ts";' };
    expect(await refusal(files, "./a.ts#r")).toBe(
      `./a.ts could not be imported: Maximum call stack size exceeded. ${circle}`,
    );
  });

  test("a file imports itself", async () => {
    const own = `${sdk} import { a as me } from "./a.ts"; export const a = defineReward({ ...me, name: "a" });`;
    expect(await refusal({ "a.ts": own }, "./a.ts")).toMatch(/These files import each other: a\.ts → a\.ts\.$/);
  });

  test("they await each other, which nothing would end", async () => {
    const folder = await folderOf({
      "a.mjs": `${sdk} const { base } = await import("./b.mjs"); ${reward("a", "base")}`,
      "b.mjs": 'await import("./a.mjs"); export const base = 2;',
      "main.mjs": `import { createRegistry } from "@pavlov/core";
        const registry = createRegistry({ cwd: import.meta.dirname });
        console.log(await registry.resolve("./a.mjs").then(() => "resolved", (error) => error.message));`,
    });
    const { stdout } = await promisify(execFile)(process.execPath, ["main.mjs"], { cwd: folder });
    expect(stdout.trim()).toBe(
      "./a.mjs could not be imported: it waits for itself. These files import each other: a.mjs → b.mjs → a.mjs.",
    );
  });
});

test.each(["ts", "mjs"])("a file that uses another's import of it only when it scores is fine (%s)", async (ending) => {
  const folder = await folderOf({
    [`a.${ending}`]: `${sdk} import { limit } from "./b.${ending}"; export const factor = 2; ${reward("a", "limit()")}`,
    [`b.${ending}`]: `import { factor } from "./a.${ending}"; export const limit = () => factor;`,
  });
  const found = await createRegistry({ cwd: folder }).resolve(`./a.${ending}#a`);
  expect(found.reward.score?.({} as never, {} as never)).toBe(2);
});

test("rewards that share the types of each other's files are fine", async () => {
  const folder = await folderOf({
    "a.ts": `${sdk} import type { B } from "./b.ts"; export type A = number; ${reward("a", "1 as B")}`,
    "b.ts": `${sdk} import { a } from "./a.ts"; export type B = number; export const b = compose({ a }, { name: "b" });`,
  });
  expect((await createRegistry({ cwd: folder }).resolve("./b.ts#b")).reward.name).toBe("b");
});
