import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeCheckpoint } from "./checkpoint-files.js";
import { checkpointsIn, findCheckpoint, listCheckpoints, stepName } from "./checkpoint-search.js";

let run: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), "pavlov-search-"));
});
afterEach(() => rm(run, { recursive: true }));

const pathOf = (step: number): string => join(checkpointsIn(run), stepName(step));

const save = (step: number, resumable = true): Promise<void> =>
  writeCheckpoint(pathOf(step), async (folder) => {
    await writeFile(join(folder, "model.safetensors"), `weights of ${step}`);
    return { method: "grpo", step, resumable, fingerprint: {}, versions: {}, progress: {} };
  });

const damage = (step: number): Promise<void> => rm(join(pathOf(step), "model.safetensors"));

const find = async (from = run): Promise<{ step: number; runFolder: string; warnings: string[] }> => {
  const warnings: string[] = [];
  const { checkpoint, runFolder } = await findCheckpoint(from, (message) => warnings.push(message));
  return { step: checkpoint.state.step, runFolder, warnings };
};

test("checkpoints are listed by step, also past a million, and nothing else is", async () => {
  for (const name of ["step-1000000", "step-000100", "step-000020", ".step-000030.1.tmp", "aside-step-000040"]) {
    await mkdir(join(checkpointsIn(run), name), { recursive: true });
  }
  expect((await listCheckpoints(run)).map(({ step }) => step)).toEqual([20, 100, 1_000_000]);
  expect(await listCheckpoints(join(run, "nowhere"))).toEqual([]);
});

test("the newest checkpoint of a run's folder is found", async () => {
  for (const step of [2, 10, 4]) await save(step);
  expect(await find()).toEqual({ step: 10, runFolder: run, warnings: [] });
});

test("a checkpoint that was being rewritten when its process was killed is found in its place again", async () => {
  for (const step of [2, 4]) await save(step);
  const beside = join(checkpointsIn(run), ".step-000004.previous");
  await rename(pathOf(4), beside);
  expect((await find()).step).toBe(4);
  await rename(pathOf(4), beside);
  expect((await find(pathOf(4))).step).toBe(4);
  await rename(pathOf(4), beside);
  await save(4);
  expect(await readdir(checkpointsIn(run))).toEqual(["step-000002", "step-000004"]);
});

test("damaged checkpoints are passed over with a warning that says what is wrong", async () => {
  for (const step of [2, 4, 6]) await save(step);
  await damage(4);
  await rm(join(pathOf(6), "state.json"));
  expect(await find()).toEqual({
    step: 2,
    runFolder: run,
    warnings: [
      `Passed over the checkpoint ${pathOf(6)}: state.json is missing or cannot be read.`,
      `Passed over the checkpoint ${pathOf(4)}: model.safetensors is missing.`,
    ],
  });
});

test("models alone are passed over", async () => {
  await save(2);
  await save(4, false);
  const { step, warnings } = await find();
  expect(step).toBe(2);
  expect(warnings[0]).toContain("it holds the model alone, without the optimizer's state (saveOnlyModel)");
});

test("where all are damaged there is one error with every reason", async () => {
  await save(2);
  await save(4);
  await damage(2);
  await damage(4);
  await expect(find()).rejects.toMatchObject({
    message: `No checkpoint in ${run} can be resumed. That is so of the checkpoint ${pathOf(4)}: model.safetensors is missing, and of 1 older one too.`,
    hint: `Also the checkpoint ${pathOf(2)}: model.safetensors is missing. Start the run anew.`,
  });
});

test("where there is no checkpoint, or no folder, there is nothing to resume", async () => {
  await expect(find()).rejects.toThrow(`There is nothing to resume in ${run}: it holds no checkpoint.`);
  const nowhere = join(run, "nowhere");
  await expect(find(nowhere)).rejects.toThrow(`There is nothing to resume in ${nowhere}`);
});

test("a checkpoint that is named is taken with its run's folder, and must be whole", async () => {
  await save(2);
  await save(4);
  expect(await find(pathOf(2))).toEqual({ step: 2, runFolder: run, warnings: [] });
  await damage(2);
  await expect(find(pathOf(2))).rejects.toMatchObject({
    message: `The checkpoint ${pathOf(2)} cannot be resumed: model.safetensors is missing.`,
    hint: expect.stringContaining(`--resume ${run}`),
  });
  await save(6, false);
  await expect(find(pathOf(6))).rejects.toMatchObject({ hint: expect.stringContaining(`--model ${pathOf(6)}`) });
});
