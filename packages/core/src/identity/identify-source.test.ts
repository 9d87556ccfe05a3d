import { cp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { onTestFinished, describe, expect, test } from "vitest";
import { createProject } from "../registry/project.test.support.js";
import { identifySource } from "./identify-source.js";

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const project = await createProject(files);
  onTestFinished(() => project.remove());
  return project.folder;
}

const identify = (folder: string, path: string) =>
  identifySource({ module: pathToFileURL(join(folder, path)).href }, folder);

describe("a file of the user's own", () => {
  const files = {
    "package.json": '{ "name": "my-app", "version": "1.0.0", "type": "module" }',
    "rewards/mine.ts": 'import { limit } from "./limit.js";\nconst words = new URL("../words.txt", import.meta.url);',
    "rewards/limit.ts": "export const limit = 1;\n",
    "words.txt": "one\n",
    "rewards/other.ts": "",
  };

  test("is known by its path and by what is in it and in all that it imports", async () => {
    const folder = await folderOf(files);
    const first = await identify(folder, "rewards/mine.ts");
    expect(first).toEqual({ file: "rewards/mine.ts", integrity: expect.stringMatching(/^sha256-/) });
    const seen = new Set([first?.integrity]);
    for (const path of ["rewards/mine.ts", "rewards/limit.ts", "words.txt"] as const) {
      await writeFile(join(folder, path), `${files[path]} `);
      seen.add((await identify(folder, "rewards/mine.ts"))?.integrity);
      await writeFile(join(folder, path), files[path]);
    }
    expect(seen.size).toBe(4);
    await writeFile(join(folder, "rewards/other.ts"), "changed");
    await writeFile(join(folder, "package.json"), files["package.json"].replace("1.0.0", "2.0.0"));
    expect(await identify(folder, "rewards/mine.ts")).toEqual(first);
  });

  test("is the same in another folder, and with other line ends", async () => {
    const folder = await folderOf(files);
    const first = await identify(folder, "rewards/mine.ts");
    const copy = await folderOf({});
    await cp(folder, copy, { recursive: true, filter: (path) => !path.includes("node_modules") });
    await writeFile(join(copy, "rewards/mine.ts"), files["rewards/mine.ts"].replaceAll("\n", "\r\n"));
    expect(await identify(copy, "rewards/mine.ts")).toEqual(first);
  });

  test("under another name is another only by its name", async () => {
    const folder = await folderOf({ "one.js": "export {};" });
    const first = await identify(folder, "one.js");
    await rename(join(folder, "one.js"), join(folder, "two.js"));
    const second = await identify(folder, "two.js");
    expect(second).toMatchObject({ file: "two.js" });
    expect(second?.integrity).toBe(first?.integrity);
  });
});

describe("a package", () => {
  const name = "@acme/pavlov-reward-sql";
  const manifest = (fields: object = {}) => JSON.stringify({ name, version: "1.2.0", type: "module", ...fields });
  const installed = {
    [`node_modules/${name}/package.json`]: manifest(),
    [`node_modules/${name}/dist/index.js`]: 'import "./inner/package.js";',
    [`node_modules/${name}/dist/inner/package.json`]: '{ "type": "commonjs" }',
    [`node_modules/${name}/dist/inner/code.js`]: "1",
    [`node_modules/${name}/data/words.txt`]: "one",
  };

  test("is known by its name, its version and all its files", async () => {
    const first = await identify(await folderOf(installed), `node_modules/${name}/dist/index.js`);
    expect(first).toEqual({ package: name, version: "1.2.0", integrity: expect.stringMatching(/^sha256-/) });
    const again = await identify(await folderOf(installed), `node_modules/${name}/dist/inner/code.js`);
    expect(again).toEqual(first);
    const edited = await folderOf({ ...installed, [`node_modules/${name}/data/words.txt`]: "two" });
    const other = await identify(edited, `node_modules/${name}/dist/index.js`);
    expect(other).toMatchObject({ package: name, version: "1.2.0" });
    expect(other?.integrity).not.toBe(first?.integrity);
  });

  test("of the same workspace is one too, by the files that it publishes; its sources are the user's own", async () => {
    const folder = await folderOf({
      "packages/sql/package.json": manifest({ files: ["dist"] }),
      "packages/sql/dist/index.js": "1",
      "packages/sql/src/index.ts": "1",
    });
    await symlink(join(folder, "packages/sql"), join(folder, "node_modules/pavlov-reward-sql"));
    const linked = await identify(folder, "node_modules/pavlov-reward-sql/dist/index.js");
    expect(linked).toMatchObject({ package: name, version: "1.2.0" });
    expect(await identify(folder, "packages/sql/dist/index.js")).toEqual(linked);
    expect(await identify(folder, "packages/sql/src/index.ts")).toMatchObject({ file: "packages/sql/src/index.ts" });
  });

  test("is read once by a process", async () => {
    const folder = await folderOf(installed);
    const first = await identify(folder, `node_modules/${name}/dist/index.js`);
    await rm(join(folder, `node_modules/${name}/data`), { recursive: true });
    expect(await identify(folder, `node_modules/${name}/dist/index.js`)).toBe(first);
  });
});

test("what is no file, or is not there, has no identity", async () => {
  expect(await identifySource({ module: "data:text/javascript,1" })).toBeUndefined();
  expect(await identifySource({ module: "file:///gone/nowhere.js" })).toBeUndefined();
});
