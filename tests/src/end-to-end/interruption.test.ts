import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository, runPavlov, type Ended } from "./run-pavlov.test.fixture.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-interruption-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Starts a training, and presses Ctrl-C when its first step has been reported. */
const interrupt = (config: string): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ["packages/cli/bin/pavlov.js", "train", config], {
      cwd: repository,
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr, interrupted] = ["", "", false];
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (interrupted || !/^step 1\/5000 /m.test(stdout)) return;
      interrupted = true;
      child.kill("SIGINT");
    });
    child.on("close", (code) => resolve({ exitCode: code ?? -1, stdout, stderr }));
  });

test(
  "Ctrl-C in pavlov train stops after the step, saves a checkpoint and says how to go on",
  { timeout: 120_000 },
  async () => {
    const config = join(folder, "pavlov.config.yaml");
    const run = join(folder, "run");
    await writeFile(join(folder, "train.jsonl"), '{"prompt":"1+1=","answer":2}\n'.repeat(4));
    await writeFile(
      config,
      [
        `model: ${join(repository, "models/arithmetic")}`,
        "dataset: { path: train.jsonl }",
        "rewards: { correct: { use: exact-answer } }",
        "train: { numGenerations: 2, perDeviceTrainBatchSize: 4, maxCompletionLength: 8, maxSteps: 5000 }",
        "output: run",
      ].join("\n"),
    );

    const { exitCode, stdout, stderr } = await interrupt(config);
    expect(stderr).toBe("Stopping after this step; a checkpoint will be saved. Press Ctrl-C again to end at once.\n");
    expect(exitCode).toBe(130);
    const steps = (await readFile(join(run, "metrics.jsonl"), "utf8")).trimEnd().split("\n").length;
    expect(steps).toBeLessThan(5000);
    expect(stdout).toContain(`Stopped after ${steps} step`);
    expect((await readdir(run)).toSorted()).toEqual([
      "checkpoints",
      "completions",
      "config.json",
      "metrics.jsonl",
      "model",
    ]);
    expect(await readdir(join(run, "model"))).toEqual(expect.arrayContaining(["config.json", "model.safetensors"]));

    const goOn = /^To go on from here:\n {2}pavlov (.*)$/m.exec(stdout)?.[1];
    expect(goOn).toBe(`train ${config} --resume ${run}`);
    const more = String(steps + 1);
    const again = await runPavlov(...(goOn ?? "").split(" "), "--quiet", "--set", `train.maxSteps=${more}`);
    expect(again).toEqual({ exitCode: 0, stdout: expect.any(String), stderr: "" });
    const lines = (await readFile(join(run, "metrics.jsonl"), "utf8")).trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { step: number }).step)).toEqual(
      Array.from({ length: steps + 1 }, (_, index) => index + 1),
    );
  },
);
