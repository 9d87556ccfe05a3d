import { fileURLToPath } from "node:url";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { readResume, resumeCommand } from "./resume.js";

const file = fileURLToPath(import.meta.url);

test("a new run resumes nothing, and has nothing to force", async () => {
  expect(await readResume("a.yaml", ".", {})).toEqual({ path: "a.yaml", resumeFrom: false, resumeChanged: false });
  await expect(readResume("a.yaml", ".", { force: true })).rejects.toThrow("--force goes with --resume");
});

test("--resume and --resume latest take the newest checkpoint in the output folder", async () => {
  const newest = { path: "a.yaml", resumeFrom: true, resumeChanged: false };
  expect(await readResume("a.yaml", ".", { resume: true, output: "runs/b" })).toEqual(newest);
  expect(await readResume("a.yaml", ".", { resume: "latest" })).toEqual(newest);
  expect(await readResume("a.yaml", ".", { resume: true, force: true })).toEqual({ ...newest, resumeChanged: true });
});

test("--resume with a folder takes that, and no other output", async () => {
  const { resumeFrom } = await readResume("a.yaml", ".", { resume: "runs/a" });
  expect(resumeFrom).toBe(resolve("runs/a"));
  await expect(readResume("a.yaml", ".", { resume: "runs/a", output: "runs/b" })).rejects.toThrow(
    "--resume runs/a goes on in the folder of that run, and --output names another.",
  );
});

test("a config after --resume is the config", async () => {
  expect(await readResume(".", ".", { resume: file })).toEqual({ path: file, resumeFrom: true, resumeChanged: false });
});

test("the command to go on repeats the options, quoted where a shell needs it", () => {
  expect(resumeCommand("train", "a.yaml", "runs/a", {})).toBe("pavlov train a.yaml --resume runs/a");
  const options = { set: ["train.maxSteps=5", "rewards.x.params={a: 'b'}"], seed: 7, model: "my model", offline: true };
  expect(resumeCommand("train", "a.yaml", "runs/a", { ...options, revision: "main" })).toBe(
    String.raw`pavlov train a.yaml --resume runs/a --set train.maxSteps=5 --set 'rewards.x.params={a: '\''b'\''}' ` +
      "--seed 7 --model 'my model' --revision main --offline",
  );
});
