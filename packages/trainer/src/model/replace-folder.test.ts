import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { replaceFolder, standingFolder } from "./replace-folder.js";

let root: string;
let target: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "pavlov-replace-"));
  target = join(root, "model");
});
afterEach(() => rm(root, { recursive: true }));

const save = (text: string) => replaceFolder(target, (folder) => writeFile(join(folder, "file"), text));
const standing = async () => readFile(join(await standingFolder(target), "file"), "utf8");

describe("a folder", () => {
  test("is made where there is none, parents included", async () => {
    target = join(root, "a", "b");
    await save("new");
    expect(await standing()).toBe("new");
    expect(await readdir(join(root, "a"))).toEqual(["b"]);
  });

  test("is replaced whole, and nothing is left beside it", async () => {
    await mkdir(target);
    await writeFile(join(target, "other"), "old");
    await save("new");
    expect(await readdir(target)).toEqual(["file"]);
    expect(await readdir(root)).toEqual(["model"]);
  });

  test("that cannot be written leaves the one before", async () => {
    await save("old");
    const failing = replaceFolder(target, async (folder) => {
      await writeFile(join(folder, "file"), "half");
      throw new Error("no room");
    });
    await expect(failing).rejects.toThrow("no room");
    expect(await standing()).toBe("old");
    expect(await readdir(root)).toEqual(["model"]);
  });
});

describe("after a process was killed", () => {
  test("between the two renames, readers find the old folder, and the next save puts things in order", async () => {
    await save("old");
    await rename(target, join(root, ".model.previous"));
    expect(await standing()).toBe("old");
    const failing = replaceFolder(target, () => Promise.reject(new Error("no room")));
    await expect(failing).rejects.toThrow("no room");
    expect(await readFile(join(target, "file"), "utf8")).toBe("old");
    await save("new");
    expect(await standing()).toBe("new");
    expect(await readdir(root)).toEqual(["model"]);
  });

  test("before the old folder was removed, the new one counts", async () => {
    await save("old");
    await rename(target, join(root, ".model.previous"));
    await mkdir(target);
    await writeFile(join(target, "file"), "new");
    expect(await standing()).toBe("new");
    await save("newer");
    expect(await readdir(root)).toEqual(["model"]);
  });

  test("while it wrote, what it wrote is removed by the next save", async () => {
    await save("old");
    await mkdir(join(root, ".model.saving"));
    await writeFile(join(root, ".model.saving", "half"), "half");
    expect(await standing()).toBe("old");
    await save("new");
    expect(await readdir(target)).toEqual(["file"]);
  });
});

test("killed at any moment, it leaves one of the two folders, whole", async () => {
  const built = fileURLToPath(new URL("../../dist/model/replace-folder.js", import.meta.url));
  const program = `
    import { writeFile } from "node:fs/promises";
    import { replaceFolder } from ${JSON.stringify(built)};
    for (let round = 0; ; round++) {
      await replaceFolder(${JSON.stringify(target)}, async (folder) => {
        await writeFile(folder + "/a", String(round));
        await writeFile(folder + "/b", String(round));
      });
      if (round === 0) process.stdout.write("started");
    }`;
  for (let kill = 0; kill < 10; kill++) {
    await new Promise<void>((done) => {
      const child = execFile(process.execPath, ["--input-type=module", "--eval", program], () => done());
      child.stdout?.once("data", () => setTimeout(() => child.kill("SIGKILL"), kill * 3));
    });
    const place = await standingFolder(target);
    expect(existsSync(place)).toBe(true);
    expect(await readFile(join(place, "a"), "utf8")).toBe(await readFile(join(place, "b"), "utf8"));
  }
});
