import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { onTestFinished, expect, test } from "vitest";
import { findImportCycles, formatCycle, readLocalFiles } from "./local-imports.js";
import { createProject } from "./project.test.support.js";

async function moduleOf(files: Readonly<Record<string, string>>): Promise<string> {
  const project = await createProject(files);
  onTestFinished(() => project.remove());
  return pathToFileURL(join(project.folder, "main.ts")).href;
}

const reached = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> =>
  (await readLocalFiles(await moduleOf(files))).map(({ path }) => basename(path));

test.each([
  'import { a } from "./a.js";',
  "import{a}from'./a.js'",
  'import a, { type B } from "./a";',
  'import type from "./a.ts";',
  'import * as a from "./a.js";',
  'import {\n  one,\n  two as three,\n} from "./a.js";',
  'import "./a.js";',
  'export * from "./a.js";',
  'export { a } from "./a.js";',
  'const { a } = await import("./a.js");',
  'const a = require("./a.js");',
  'const text = readFileSync(new URL("./a.ts", import.meta.url));',
])("%s reaches a.ts", async (text) => {
  expect(await reached({ "main.ts": text, "a.ts": "" })).toEqual(["main.ts", "a.ts"]);
});

test.each([
  'import type { A } from "./a.js";',
  'export type { A } from "./a.js";',
  'import { a } from "a";',
  'const path = "./a.js";',
  'new URL("./a.ts", "https://example.org");',
])("%s does not", async (text) => {
  expect(await reached({ "main.ts": text, "a.ts": "" })).toEqual(["main.ts"]);
});

test("files are reached through each other, each once, and what is not there is left out", async () => {
  const files = {
    "main.ts": 'import "./a/one.js"; import "./two"; import "./gone.js"; import "./words.json"; import "./folder";',
    "a/one.ts": 'export * from "../two.ts";',
    "two.ts": 'import "./main.ts";',
    "words.json": "[]",
    "folder/index.ts": "",
  };
  expect(await reached(files)).toEqual(["main.ts", "one.ts", "two.ts", "words.json", "index.ts"]);
});

const circles = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> =>
  findImportCycles(await readLocalFiles(await moduleOf(files))).map(formatCycle);

test("circles of imports are named, each once", async () => {
  const files = {
    "main.ts": 'import "./a.js"; import "./c.js";',
    "a.ts": 'import "./b.js";',
    "b.ts": 'import "./a.js"; import "./c.js";',
    "c.ts": 'import "./d.js";',
    "d.ts": 'import "./e.js"; import "./d.js";',
    "e.ts": 'import "./c.js";',
  };
  expect(await circles(files)).toEqual(["a.ts → b.ts → a.ts", "c.ts → d.ts → e.ts → c.ts", "d.ts → d.ts"]);
});

test("a file that names itself by a URL is in none, and long chains end", async () => {
  const itself = { "main.ts": 'new Worker(new URL("./main.ts", import.meta.url)); import "./a.js";', "a.ts": "" };
  expect(await circles(itself)).toEqual([]);
  const chain = Array.from({ length: 300 }, (_, index) => [`f${index}.ts`, `import "./f${index + 1}.ts";`] as const);
  expect(await circles({ "main.ts": 'import "./f0.ts";', ...Object.fromEntries(chain), "f300.ts": "" })).toEqual([]);
});
