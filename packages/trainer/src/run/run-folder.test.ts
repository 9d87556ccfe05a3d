import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PavlovError } from "@pavlov/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRunFolder, resumeRunFolder } from "./run-folder.js";
import { explainWriteError, writeAtomically } from "./write-atomically.js";

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "pavlov-run-"));
});
afterEach(() => rm(place, { recursive: true }));

describe("createRunFolder", () => {
  test("uses the wanted folder and leaves an earlier run alone", async () => {
    const first = await createRunFolder(join(place, "run"));
    await first.writeConfig({ seed: 1 });
    const second = await createRunFolder(join(place, "run"));
    expect(first.path).toBe(join(place, "run"));
    expect(second.path).toBe(join(place, "run-2"));
    expect(JSON.parse(await readFile(join(first.path, "config.json"), "utf8"))).toEqual({ seed: 1 });
  });

  test("writes metrics a line a step and completions a file a step", async () => {
    const run = await createRunFolder(join(place, "run"));
    await run.appendMetrics({ step: 1, loss: 0 });
    await run.appendMetrics({ step: 2, loss: Number.NaN });
    await run.writeCompletions(10, [{ completion: "a" }, { completion: "b" }]);
    expect(await readFile(join(run.path, "metrics.jsonl"), "utf8")).toBe(
      '{"step":1,"loss":0}\n{"step":2,"loss":null}\n',
    );
    expect(await readdir(join(run.path, "completions"))).toEqual(["step-000010.jsonl"]);
  });

  test("keeps the last checkpoints", async () => {
    const run = await createRunFolder(join(place, "run"));
    for (const step of [5, 100, 20]) await mkdir(run.checkpointPath(step), { recursive: true });
    await run.keepCheckpoints(2);
    expect(await readdir(join(run.path, "checkpoints"))).toEqual(["step-000020", "step-000100"]);
  });

  test("keeps a checkpoint that must stay beside the last ones", async () => {
    const run = await createRunFolder(join(place, "run"));
    for (const step of [5, 10, 20]) await mkdir(run.checkpointPath(step), { recursive: true });
    await run.keepCheckpoints(1, new Set([5]));
    expect(await readdir(join(run.path, "checkpoints"))).toEqual(["step-000005", "step-000020"]);
  });

  test("refuses to start where the disk has less room than the model needs", async () => {
    const error: unknown = await createRunFolder(join(place, "run"), { bytes: 2 ** 60, checkpoints: 3 }).catch(
      (caught: unknown) => caught,
    );
    expect(PavlovError.isInstance(error)).toBe(true);
    expect(String(error)).toMatch(
      /Not enough disk space for the run folder .*run: [\d,]+ MB free, .* the trained model and 3 checkpoints\./,
    );
    expect(await readdir(place)).toEqual([]);
  });

  test("says which path is in the way when a part of it is a file", async () => {
    await writeFile(join(place, "file"), "");
    await expect(createRunFolder(join(place, "file", "run"))).rejects.toThrow(
      `Cannot write ${join(place, "file", "run")}: a part of the path is a file, not a folder.`,
    );
  });
});

describe("resumeRunFolder", () => {
  test("takes back what was written after the step, torn lines too", async () => {
    const run = await createRunFolder(join(place, "run"));
    for (const step of [1, 2, 3]) {
      await run.appendMetrics({ step, loss: step });
      await run.writeCompletions(step, [{ step }]);
    }
    await run.appendMetrics({ step: 2, eval_loss: 1 });
    await appendFile(join(run.path, "metrics.jsonl"), '{"step":2,"lo');
    const { folder, setAside } = await resumeRunFolder(run.path, { step: 2 });
    expect(await readFile(join(run.path, "metrics.jsonl"), "utf8")).toBe(
      '{"step":1,"loss":1}\n{"step":2,"loss":2}\n{"step":2,"eval_loss":1}\n',
    );
    expect(await readdir(join(run.path, "completions"))).toEqual(["step-000001.jsonl", "step-000002.jsonl"]);
    expect([folder.path, setAside]).toEqual([run.path, []]);
  });

  test("takes back an evaluation after the step where that is still to be done", async () => {
    const run = await createRunFolder(join(place, "run"));
    for (const step of [1, 2]) {
      await run.appendMetrics({ step, loss: step });
      await run.appendMetrics({ step, eval_reward: step });
    }
    await resumeRunFolder(run.path, { step: 2, evaluationDue: true });
    expect((await readFile(join(run.path, "metrics.jsonl"), "utf8")).trimEnd().split("\n")).toEqual([
      '{"step":1,"loss":1}',
      '{"step":1,"eval_reward":1}',
      '{"step":2,"loss":2}',
    ]);
  });

  test("sets later checkpoints aside, so that none of them is taken for the newest", async () => {
    const run = await createRunFolder(join(place, "run"));
    for (const step of [2, 4, 6]) await mkdir(run.checkpointPath(step), { recursive: true });
    await mkdir(join(run.path, "checkpoints", "aside-step-000006"));
    const { setAside } = await resumeRunFolder(run.path, { step: 2 });
    const names = ["aside-step-000004", "aside-step-000006"];
    expect(setAside).toEqual(names.map((name) => join(run.path, "checkpoints", name)));
    expect(await readdir(join(run.path, "checkpoints"))).toEqual([...names, "step-000002"]);
  });

  test("clears away what a killed process left half written, and nothing of one that runs", async () => {
    const run = await createRunFolder(join(place, "run"));
    const ended = 2 ** 22 + 1;
    await mkdir(join(run.path, "checkpoints", `.step-000004.${ended}.tmp`), { recursive: true });
    await mkdir(join(run.path, `.model.${ended}.tmp.old`));
    await mkdir(join(run.path, "checkpoints", `..step-000004.${ended}.tmp.saving`));
    await writeFile(join(run.path, "completions", `step-000001.jsonl.${process.pid}.tmp`), "");
    await writeFile(join(run.path, `config.json.${process.ppid}.tmp`), "");
    await writeFile(join(run.path, `result.json.0123abcd.${ended}.tmp`), "");
    await resumeRunFolder(run.path, { step: 2 });
    expect((await readdir(run.path, { recursive: true })).toSorted()).toEqual([
      "checkpoints",
      "completions",
      `config.json.${process.ppid}.tmp`,
    ]);
  });
});

describe("a refusal to write", () => {
  test("says what to do about each reason", async () => {
    const hintFor = (code: string): unknown => explainWriteError(Object.assign(new Error("write"), { code }), "/run");
    expect(hintFor("EACCES")).toMatchObject({ hint: expect.stringContaining("permissions") });
    expect(hintFor("EROFS")).toMatchObject({ hint: expect.stringContaining("another file system") });
    expect(hintFor("ENOSPC")).toMatchObject({ hint: expect.stringContaining("space") });
    const named = await createRunFolder(join(place, "a".repeat(300))).catch((error: unknown) => error);
    expect(named).toMatchObject({ message: expect.stringMatching(/its name is too long\.$/) });
  });
});

describe("writeAtomically", () => {
  test("replaces a file and leaves no temporary file behind", async () => {
    await writeAtomically(join(place, "a.json"), "old");
    await writeAtomically(join(place, "a.json"), "new");
    expect(await readFile(join(place, "a.json"), "utf8")).toBe("new");
    expect(await readdir(place)).toEqual(["a.json"]);
  });

  test("of two writes at once one wins, whole, and neither fails", async () => {
    const texts = ["a".repeat(100_000), "b".repeat(100_000)];
    await Promise.all(texts.map((text) => writeAtomically(join(place, "a.json"), text)));
    expect(texts).toContain(await readFile(join(place, "a.json"), "utf8"));
    expect(await readdir(place)).toEqual(["a.json"]);
  });

  test("leaves the old file and no temporary one where it fails", async () => {
    await mkdir(join(place, "taken"));
    await expect(writeAtomically(join(place, "taken"), "x")).rejects.toThrow(
      `Cannot write ${join(place, "taken")}: a folder of that name is in the way.`,
    );
    expect(await readdir(place)).toEqual(["taken"]);
  });

  test("explains a full disk", () => {
    const full = Object.assign(new Error("write"), { code: "ENOSPC" });
    expect(explainWriteError(full, "/run/metrics.jsonl")).toMatchObject({
      message: "Cannot write /run/metrics.jsonl: the disk is full.",
    });
    expect(explainWriteError(new Error("other"), "/x")).toMatchObject({ message: "other" });
  });
});
