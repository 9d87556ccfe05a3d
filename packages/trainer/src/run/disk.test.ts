import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { flushFolder, freeBytes, megabytes } from "./disk.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-disk-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a folder that is not there yet will lie on its parent's disk", async () => {
  const [here, later] = [await freeBytes(folder), await freeBytes(join(folder, "runs", "first"))];
  expect(here).toBeGreaterThan(0);
  // Others write to it too.
  expect(Math.abs(later - here)).toBeLessThan(2 ** 30);
});

test("sizes are rounded up", () => {
  expect([0, 1, 2 ** 20, 2 ** 30 + 1].map(megabytes)).toEqual(["0 MB", "1 MB", "1 MB", "1,025 MB"]);
});

test("a folder that is not there cannot be flushed, where folders can be", async () => {
  await flushFolder(folder);
  const flushed = flushFolder(join(folder, "missing"));
  await (process.platform === "win32" ? flushed : expect(flushed).rejects.toThrow("ENOENT"));
});
