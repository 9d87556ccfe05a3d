import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished, expect, test } from "vitest";
import { createProject } from "../registry/project.test.support.js";
import { packageIntegrity, publishedFiles } from "./content-hash.js";

const manifest = (fields: object = {}) => JSON.stringify({ name: "pavlov-reward-x", version: "1.0.0", ...fields });

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const project = await createProject(files);
  onTestFinished(() => project.remove());
  return project.folder;
}

test("two installs have the same hash, and one changed byte or path has another", async () => {
  const files = { "package.json": manifest(), "dist/index.js": "1", "dist/words.txt": "a" };
  const hash = async (changes: Readonly<Record<string, string>> = {}) =>
    packageIntegrity(await folderOf({ ...files, ...changes }));
  const first = await hash();
  expect(first).toMatch(/^sha256-[\w+/]{43}=$/);
  expect(await hash()).toBe(first);
  const others = [{ "dist/index.js": "2" }, { "dist/more.js": "" }, { "package.json": manifest({ type: "module" }) }];
  for (const changes of others) expect(await hash(changes)).not.toBe(first);
});

test("a folder that is published from has the hash of what is installed from it", async () => {
  const listed = manifest({ files: ["/dist/", "!dist/**/*.test.*", "fixtures/*.jsonl"], main: "./entry.js" });
  const published = {
    "package.json": listed,
    "entry.js": "0",
    "dist/index.js": "1",
    "dist/inner/more.js": "2",
    "fixtures/score.jsonl": "{}",
  };
  const source = await folderOf({
    ...published,
    "src/index.ts": "1",
    "dist/index.test.js": "3",
    "dist/.git/HEAD": "4",
    "fixtures/notes.txt": "5",
    "node_modules/other/index.js": "6",
    "README.md": "7",
  });
  expect(await publishedFiles(source)).toEqual(Object.keys(published).toSorted());
  expect(await packageIntegrity(source)).toBe(await packageIntegrity(await folderOf(published)));
});

test("of a package that lists nothing all files count, but links and what is installed in it", async () => {
  const folder = await folderOf({ "package.json": manifest(), "index.js": "1", ".git/HEAD": "x" });
  await mkdir(join(folder, "elsewhere"));
  await writeFile(join(folder, "elsewhere/file.js"), "2");
  await symlink(join(folder, "elsewhere"), join(folder, "link"));
  expect(await publishedFiles(folder)).toEqual(["elsewhere/file.js", "index.js", "package.json"]);
  expect(await publishedFiles(folder, { listed: true })).toEqual([]);
});

const odd = [".env", ".words", ".tsbuildinfo", ".hidden/a.js", "node_modules/x/index.js", "package-lock.json"]
  .concat([".npmrc", ".DS_Store", "._x", ".a.swp", "x.orig", "npm-debug.log", "CVS/x", ".svn/x", ".hg/x", ".git/HEAD"])
  .concat(["yarn.lock", ".lock-wscript", "archived-packages/x", ".wafpickle-7"]);

test.each([{ files: ["dist"] }, { files: ["dist", "!dist/.words"] }, {}])(
  "npm packs the same of %j",
  async (fields) => {
    const paths = [
      "index.js",
      ...odd,
      ...[...odd, "index.js", "sub/.words", "sub/.npmrc"].map((path) => `dist/${path}`),
    ];
    const folder = await folderOf({
      ...Object.fromEntries(paths.map((path) => [path, ""])),
      "package.json": manifest(fields),
    });
    const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: folder,
      shell: process.platform === "win32",
    });
    const printed = JSON.parse(stdout) as object;
    const [packed] = Object.values(printed) as { readonly files: readonly { readonly path: string }[] }[];
    expect(await publishedFiles(folder)).toEqual(packed?.files.map(({ path }) => path).toSorted());
  },
);
