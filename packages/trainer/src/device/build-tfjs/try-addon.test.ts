import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { askProcess, tryAddon } from "./try-addon.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-addon-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("an addon that is none is told as damaged", async () => {
  const file = join(folder, "broken.node");
  await writeFile(file, "this is no library, and longer than the header of one would be. ".repeat(10));
  await expect(tryAddon(file)).rejects.toThrow(/^The addon was compiled, but does not load\. .* is damaged/);
});

test("a process that ends without an answer is told by how it ended and what it said last", async () => {
  const crash = 'console.error("first"); console.error("no such device"); process.exit(7);';
  expect(await askProcess(["-e", crash], {})).toEqual({
    failure: "the process ended with exit code 7: no such device",
  });
});

test("the answer is the last line of JSON", async () => {
  const answer = 'console.log("{}"); console.log("noise"); console.log(JSON.stringify({ gigaflops: 3 }));';
  expect(await askProcess(["-e", answer], {})).toEqual({ gigaflops: 3 });
});
