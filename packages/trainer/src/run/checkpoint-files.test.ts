import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PavlovError } from "@pavlov/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readCheckpointState, removeFolder, writeCheckpoint, type NewCheckpointState } from "./checkpoint-files.js";

let place: string;
let path: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "pavlov-checkpoint-"));
  path = join(place, "checkpoints", "step-000002");
});
afterEach(() => rm(place, { recursive: true }));

const state: NewCheckpointState = {
  method: "grpo",
  step: 2,
  resumable: true,
  fingerprint: { train: { seed: 1 } },
  versions: { node: "22" },
  progress: { tokensSeen: 10 },
};

const write = (contents = "weights"): Promise<void> =>
  writeCheckpoint(path, async (folder) => {
    await writeFile(join(folder, "model.safetensors"), contents);
    await writeFile(join(folder, "config.json"), "{}");
    return state;
  });

describe("writeCheckpoint", () => {
  test("gives back what it was given, and lists sizes and checksums of all files", async () => {
    await write();
    const read = await readCheckpointState(path);
    expect(read).toMatchObject(state);
    expect(Object.keys(read.files)).toEqual(["config.json", "model.safetensors"]);
    expect(read.files["model.safetensors"]?.bytes).toBe(7);
  });

  test("takes the place of a checkpoint that is there, and leaves nothing else", async () => {
    await write("old");
    await write("new");
    expect(await readFile(join(path, "model.safetensors"), "utf8")).toBe("new");
    expect(await readdir(join(place, "checkpoints"))).toEqual(["step-000002"]);
  });

  test("leaves the old checkpoint and nothing else where it fails", async () => {
    await write("old");
    const full = writeCheckpoint(path, async (folder) => {
      await writeFile(join(folder, "model.safetensors"), "half");
      throw Object.assign(new Error("write"), { code: "ENOSPC" });
    });
    await expect(full).rejects.toThrow(`Cannot write ${path}: the disk is full.`);
    expect(await readdir(join(place, "checkpoints"))).toEqual(["step-000002"]);
    expect(await readFile(join(path, "model.safetensors"), "utf8")).toBe("old");
    await readCheckpointState(path);
  });
});

test("an error about the temporary folder names the checkpoint instead", async () => {
  const failing = writeCheckpoint(path, (folder) => {
    throw new PavlovError(`Cannot write ${join(folder, "a")}: no.`, { hint: "Do something." });
  });
  await expect(failing).rejects.toMatchObject({
    message: `Cannot write ${join(path, "a")}: no.`,
    hint: "Do something.",
  });
});

describe("a damaged checkpoint", () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ["a file is cut short", () => truncate(join(path, "model.safetensors"), 3), "model.safetensors has 3 bytes, and"],
    ["a file is gone", () => rm(join(path, "config.json")), "config.json is missing"],
    [
      "a bit has flipped",
      () => writeFile(join(path, "model.safetensors"), "weighty"),
      "model.safetensors does not match its checksum",
    ],
    ["state.json is gone", () => rm(join(path, "state.json")), "state.json is missing"],
    ["state.json is cut short", () => truncate(join(path, "state.json"), 20), "state.json is not valid JSON"],
    ["state.json is null", () => writeFile(join(path, "state.json"), "null"), "state.json does not match"],
    [
      "a folder stands for a file",
      () => rm(join(path, "config.json")).then(() => mkdir(join(path, "config.json"))),
      "config.json is missing",
    ],
  ])("says so where %s", async (_, damage, message) => {
    await write();
    await damage();
    await expect(readCheckpointState(path)).rejects.toThrow(message);
  });

  test("says so where state.json was changed by hand", async () => {
    await write();
    const text = await readFile(join(path, "state.json"), "utf8");
    await writeFile(join(path, "state.json"), text.replace('"step": 2', '"step": 3'));
    await expect(readCheckpointState(path)).rejects.toThrow("state.json does not match its checksum");
  });

  test("says so where a newer version wrote it", async () => {
    await write();
    const text = await readFile(join(path, "state.json"), "utf8");
    await writeFile(join(path, "state.json"), text.replace('"format": 1', '"format": 2'));
    await expect(readCheckpointState(path)).rejects.toThrow("a newer version of Pavlov wrote it (layout 2;");
  });
});

test("a folder that is not there is removed already", async () => {
  await removeFolder(path);
  await write();
  await removeFolder(path);
  expect(await readdir(join(place, "checkpoints"))).toEqual([]);
});
