import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readJsonObject, readText } from "./json-file.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-json-"));
});
afterAll(() => rm(folder, { recursive: true }));

const read = async (contents: string) => {
  await writeFile(join(folder, "x.json"), contents);
  return readJsonObject(join(folder, "x.json"));
};

test("an object is read, with or without a byte order mark, and a file that is not there is null", async () => {
  expect(await read('{"a": 1}')).toEqual({ a: 1 });
  expect(await read('\uFEFF{"a": 1}')).toEqual({ a: 1 });
  expect(await readJsonObject(join(folder, "none.json"))).toBeNull();
});

describe("is refused in one line, with the file:", () => {
  test.each([
    ['{\n  "a": :1\n}', "is not valid JSON: Unexpected token ':'."],
    ['{"a": 1', "is not valid JSON: Expected"],
    ["", "is not valid JSON: Unexpected end of JSON input."],
    ["[]", "must contain a JSON object."],
    ["version https://git-lfs.github.com/spec/v1\noid sha256:0", "is not the file itself, but what Git LFS leaves"],
  ])("%j", async (contents, message) => {
    const error = (await read(contents).catch((thrown: unknown) => thrown)) as Error;
    expect(error.message).toContain(`x.json ${message}`);
    expect(error.message).not.toContain("\n");
  });

  test("a folder, and a link to itself", async () => {
    await mkdir(join(folder, "folder.json"));
    await expect(readText(join(folder, "folder.json"))).rejects.toThrow("folder.json cannot be read: it is a folder.");
    await symlink("loop.json", join(folder, "loop.json"));
    await expect(readText(join(folder, "loop.json"))).rejects.toThrow("a link that leads to itself");
  });
});
