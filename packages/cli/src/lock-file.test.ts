import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RewardsRecord } from "@pavlov/core";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { lockPath, readLock, readRunRecord, unlockedRewards, writeLock } from "./lock-file.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-lock-"));
  onTestFinished(() => rm(folder, { recursive: true }));
});

const settings = { weight: 1, columns: {}, params: {} };
const rewards: RewardsRecord = {
  parts: {
    own: { reward: "length", file: "rewards/mine.ts", integrity: "sha256-a=", ...settings },
    inline: { reward: "short", ...settings },
    quality: { reward: "composite", ...settings, parts: { inner: { reward: "short", ...settings } } },
    locked: {
      ...{ reward: "composite", file: "rewards/best.ts", integrity: "sha256-b=", ...settings },
      parts: { inner: { reward: "short", ...settings } },
    },
  },
  combine: "own + inline",
};

test.each([
  ["/a/pavlov.config.yaml", "/a/pavlov.lock.json"],
  ["/a/pavlov.config.ts", "/a/pavlov.lock.json"],
  ["/a/math.config.json", "/a/math.lock.json"],
  ["/a/small.yml", "/a/small.lock.json"],
])("the lock file of %s is %s", (config, lock) => {
  expect(lockPath(config)).toBe(lock);
});

test("a lock file gives back what was written, and leaves nothing beside it", async () => {
  const path = join(folder, "pavlov.lock.json");
  expect(await readLock(path)).toBeUndefined();
  await writeLock(path, rewards);
  expect(await readLock(path)).toEqual(rewards);
  expect(await readdir(folder)).toEqual(["pavlov.lock.json"]);
  await expect(writeLock(join(folder, "gone/pavlov.lock.json"), rewards)).rejects.toThrow(/cannot be written: ENOENT/);
});

test.each([
  ["<<<<<<< HEAD", /^pavlov\.lock\.json is not JSON: /],
  ["[]", /^pavlov\.lock\.json is no lock file of rewards\.$/],
  ['{ "lockfileVersion": 1 }', /^pavlov\.lock\.json is no lock file of rewards\.$/],
  [
    '{ "lockfileVersion": 2, "rewards": { "parts": {} } }',
    /^pavlov\.lock\.json has lockfileVersion 2, and this version of Pavlov knows 1\.$/,
  ],
])("%s is refused with its file and what to do", async (text, message) => {
  const path = join(folder, "pavlov.lock.json");
  await writeFile(path, text);
  await expect(readLock(path)).rejects.toThrow(message);
  await expect(readLock(path)).rejects.toMatchObject({ hint: expect.stringContaining("pavlov lock") });
});

test("the rewards of a run are those of its config.json; another file of that name holds none", async () => {
  expect(await readRunRecord(folder)).toBeUndefined();
  await writeFile(join(folder, "config.json"), JSON.stringify({ method: "grpo", rewards }));
  expect(await readRunRecord(folder)).toEqual(rewards);
  await writeFile(join(folder, "config.json"), '{ "model_type": "llama" }');
  expect(await readRunRecord(folder)).toBeUndefined();
});

test("rewards whose code no hash holds are named, nested ones by their path", () => {
  expect(unlockedRewards(rewards)).toEqual(["inline", "quality/inner"]);
});
