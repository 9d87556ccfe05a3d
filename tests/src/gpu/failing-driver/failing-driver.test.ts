/**
 * GPUs that fail in the middle of what the command does, for real: a driver in front of the real one loses its device,
 * has no memory left, crashes or computes wrongly. Each run is a process of its own.
 */
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Ended } from "../../end-to-end/run-pavlov.test.fixture.js";
import {
  compileFailingDriver,
  createProject,
  runFailing,
  runKilled,
  whyNoFailingDriver,
  type Fault,
} from "./failing-driver.test.fixture.js";

const reason = whyNoFailingDriver();

/** Milliseconds: a processor plays the GPU, for several processes after one another. */
const patience = 300_000;

describe.skipIf(reason !== null)(
  `a GPU that fails (${reason ?? "by a driver that does"})`,
  { timeout: patience },
  () => {
    let folder: string;
    let env: NodeJS.ProcessEnv;
    beforeAll(async () => {
      folder = await createProject();
      env = await compileFailingDriver(folder);
    }, patience);
    afterAll(() => rm(folder, { recursive: true, force: true }));

    const on = (device: string, fault: Fault, ...args: readonly string[]): Promise<Ended> =>
      runFailing(folder, env, fault, [...args, ...(device === "" ? [] : ["--device", device])]);

    const place = (...names: readonly string[]): string => join(folder, ...names);

    /** The run failed with a sentence, which is the last thing that it says. */
    const expectFailure = ({ exitCode, stderr }: Ended, message: RegExp, hint: RegExp): void => {
      expect(exitCode, stderr).toBe(1);
      const [, sentence, advice] = /^error: (.*)\n(?: {7}.*\n)*hint: +((?:.*\n)+)$/m.exec(stderr) ?? [];
      expect(sentence, stderr).toMatch(message);
      expect(advice?.replaceAll(/\s+/g, " ")).toMatch(hint);
    };

    const metricsOf = async (run: string): Promise<Record<string, unknown>[]> =>
      (await readFile(place(run, "metrics.jsonl"), "utf8"))
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);

    const filesOf = async (run: string): Promise<string[]> => readdir(place(run), { recursive: true });

    /** What the numbers of a step depend on is all but time and memory. */
    const expectSameMetrics = (actual: Record<string, unknown>, expected: Record<string, unknown>): void => {
      let compared = 0;
      for (const [name, value] of Object.entries(expected)) {
        if (typeof value !== "number" || /time|seconds|memory|bytes|transfer/i.test(name)) continue;
        const distance = Math.abs((actual[name] as number) - value);
        expect(distance, `${name}: ${String(actual[name])} instead of ${value}`).toBeLessThan(
          1e-3 * (1 + Math.abs(value)),
        );
        compared += 1;
      }
      expect(compared).toBeGreaterThan(10);
    };

    test("lost in the middle of a training, which goes on from its checkpoint as if nothing had been", async () => {
      const lose = { FAILING_DRIVER_LOSE_WHEN: place("lost", "checkpoints", "step-000001") };
      const [lost, undisturbed] = await Promise.all([
        on("webgpu", lose, "train", "train.yaml", "--output", "lost"),
        // By a driver that claims to have what Pavlov must not need.
        on("webgpu", { FAILING_DRIVER_CLAIM_F16: "1" }, "train", "train.yaml", "--output", "undisturbed"),
      ]);
      expect(undisturbed.exitCode, undisturbed.stderr).toBe(0);
      expectFailure(
        lost,
        /^The GPU was lost while /,
        /update the driver.*step 1 is saved in \S+step-000001, .*--resume/,
      );
      // No step was computed elsewhere, and nothing is half written.
      expect((await metricsOf("lost")).map(({ step }) => step)).toEqual([1]);
      const left = await filesOf("lost");
      expect(left.filter((name) => /tmp|step-000002|result\.json|^model/.test(name))).toEqual([]);

      const resumed = await on("webgpu", {}, "train", "train.yaml", "--resume", "lost");
      expect(resumed.exitCode, resumed.stderr).toBe(0);
      const [actual, expected] = [await metricsOf("lost"), await metricsOf("undisturbed")];
      expect(actual.map(({ step }) => step)).toEqual(expected.map(({ step }) => step));
      actual.forEach((metrics, step) => expectSameMetrics(metrics, expected[step] as Record<string, unknown>));
    });

    test("lost while a checkpoint is saved, and killed in a training: what was saved stays whole", async () => {
      const saving = { FAILING_DRIVER_LOSE_WHEN: place("saving", "completions", "step-000001.jsonl") };
      const [lost, killed] = await Promise.all([
        on("webgpu", saving, "train", "train.yaml", "--output", "saving"),
        runKilled(folder, env, place("killed", "checkpoints", "step-000001"), [
          ...["train", "train.yaml", "--output", "killed", "--device", "webgpu"],
        ]),
      ]);
      expectFailure(lost, /^The GPU was lost while /, /--resume/);
      expect((await filesOf("saving")).filter((name) => /tmp|step-000001\/|result\.json|^model/.test(name))).toEqual(
        [],
      );
      expectFailure(killed, /^The process that holds the model was killed \(SIGKILL\)/, /step-000001, .*--resume/);
      expect((await filesOf("killed")).filter((name) => /tmp|result\.json|^model/.test(name))).toEqual([]);
    });

    test("lost in fine-tuning, evaluating and generating", async () => {
      const tuning = { FAILING_DRIVER_LOSE_WHEN: place("tuned", "checkpoints", "step-000001") };
      const at = (submit: number): Fault => ({ FAILING_DRIVER_LOSE_AT: String(submit) });
      const [tuned, evaluated] = await Promise.all([
        on("webgpu", tuning, "sft", "sft.yaml", "--output", "tuned"),
        on("webgpu", at(60), "eval", "eval.yaml"),
      ]);
      expectFailure(tuned, /^The GPU was lost while /, /step 1 is saved in .*--resume/);
      expectFailure(evaluated, /^The GPU was lost while /, /update the driver/);
      const generate = ["generate", "--model", "tiny", "--prompt", "1+1=", "--max-tokens", "4"];
      const generating = await on("webgpu", at(45), ...generate);
      expectFailure(generating, /^The GPU was lost while /, /choose device: cpu/);
      expect(generating.stdout).toBe("");
    });

    test("a driver that crashes, and one that computes wrongly", async () => {
      const generate = ["generate", "--model", "tiny", "--prompt", "1+1=", "--max-tokens", "4"];
      const crash = { FAILING_DRIVER_CRASH_WHEN: folder };
      const [crashed, wrong] = await Promise.all([
        on("webgpu", crash, ...generate),
        on("webgpu", { FAILING_DRIVER_WRONG: "1" }, ...generate),
      ]);
      expectFailure(
        crashed,
        /^The process that holds the model crashed \(SIGABRT\), most likely in the GPU's driver\.$/,
        /update the driver/,
      );
      expectFailure(wrong, /^onnxruntime webgpu computes wrongly: /, /Update the GPU's driver/);
    });

    test("auto computes on the CPU where the GPU is lost in its trial or its driver crashes, and says why", async () => {
      const losing = { FAILING_DRIVER_LOSE_AT: "2" };
      const crashing = { FAILING_DRIVER_CRASH_WHEN: folder };
      const [doctor, trained] = await Promise.all([
        on("", losing, "doctor"),
        on("", crashing, "sft", "sft.yaml", "--output", "auto"),
      ]);
      expect(doctor.stdout.replaceAll(/\s+/g, " ")).toMatch(/the GPU is not used: the GPU was lost while running/);
      expect(doctor.exitCode).toBe(0);
      expect(trained.exitCode, trained.stderr).toBe(0);
      expect(`${trained.stdout}${trained.stderr}`.replaceAll(/\s+/g, " ")).toContain(
        "Computing on the CPU, not on webgpu: its driver ends the process (SIGABRT).",
      );
      expect(existsSync(place("auto", "model", "model.safetensors"))).toBe(true);
    });

    test("no memory for the weights, for the first step, and for keys and values", async () => {
      const memory = (bytes: number): Fault => ({ FAILING_DRIVER_MEMORY: String(bytes) });
      // 63 tokens: the second token of a completion is the first that has no room.
      const prompt = `${"100+137=".repeat(7)}1234567`;
      const generate = ["generate", "--model", "heads", "--prompt", prompt, "--max-tokens", "4", "--count", "16"];
      const [weights, keys] = await Promise.all([
        on("webgpu", memory(16e6), "train", "wide.yaml", "--output", "weights"),
        on("webgpu", memory(30e6), ...generate),
      ]);
      expectFailure(weights, /^The GPU's memory is not enough \(while moving values to it\)\.$/, /Lower perDevice/);
      expect(existsSync(place("weights"))).toBe(false);
      expectFailure(keys, /^The GPU's memory is not enough \(while running the program cache-grow\)\.$/, /device: cpu/);
      const step = await on("webgpu", memory(50e6), "train", "wide.yaml", "--output", "step");
      expectFailure(step, /^The GPU's memory is not enough \(while running the program train\)\.$/, /--resume/);
      expect((await filesOf("step")).filter((name) => /tmp|checkpoints|^model/.test(name))).toEqual([]);
    });
  },
);
