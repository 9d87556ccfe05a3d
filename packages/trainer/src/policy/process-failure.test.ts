import { spawn, type ChildProcess } from "node:child_process";
import { PavlovError } from "@pavlov/core";
import { expect, test } from "vitest";
import { loadInProcess } from "./client.js";
import { explainMemoryError, processEnded } from "./process-failure.js";

const request = { model: "unused", engine: { kind: "onnxruntime" }, reference: false } as const;

const start = (command: string, args: readonly string[]): ChildProcess =>
  spawn(command, args, { serialization: "advanced", stdio: ["pipe", "ignore", "ignore", "ipc"] });

const failureOf = (code: string, ...options: readonly string[]): Promise<unknown> =>
  loadInProcess(start(process.execPath, [...options, "-e", code]), request).catch((error: unknown) => error);

const expectSentence = (error: unknown, message: string | RegExp): void => {
  expect(error).toMatchObject({
    message: expect.stringMatching(message),
    hint: expect.stringContaining("Lower perDeviceTrainBatchSize"),
  });
  expect(PavlovError.isInstance(error)).toBe(true);
};

test("a process that ends in the middle of a call is a sentence for the user", async () => {
  const error = await failureOf("process.exit(7)");
  expectSentence(error, /^The process that holds the model ended early \(exit code 7\)\.$/);
});

test.skipIf(process.platform === "win32")("a process that is killed has most likely run out of memory", async () => {
  const error = await failureOf('process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)');
  expectSentence(
    error,
    /^The process that holds the model was killed \(SIGKILL\), most likely because memory ran out\.$/,
  );
});

test("a process whose heap is full is a sentence that names memory", async () => {
  const fill = "const all = []; for (;;) all.push(new Array(10_000).fill(all.length));";
  expectSentence(
    await failureOf(fill, "--max-old-space-size=8"),
    /^The process that holds the model (gave up|ended early)/,
  );
});

test("what gives up for lack of memory is told from other ends", () => {
  expectSentence(processEnded(null, "SIGABRT"), / gave up \(SIGABRT\), most likely because memory ran out\.$/);
  expectSentence(processEnded(null, "SIGSEGV"), / ended early \(SIGSEGV\)\.$/);
});

test("on a GPU the driver may have ended the process", () => {
  const hints = (["cpu", "auto", "webgpu"] as const).map((device) => processEnded(null, "SIGKILL", device).hint ?? "");
  expect(hints.map((hint) => hint.includes("driver"))).toEqual([false, false, true]);
  expect(processEnded(null, "SIGKILL", "webgpu").message).toMatch(/was killed .* most likely because memory ran out/);
});

test.each([
  [null, "SIGSEGV"],
  [null, "SIGABRT"],
  // An access violation on Windows.
  [0xc000_0005, null],
] as const)("a crash (%s %s) on a GPU is most likely its driver's", (exitCode, signal) => {
  const { message, hint } = processEnded(exitCode, signal, "webgpu");
  expect(message).toBe(
    `The process that holds the model crashed (${signal ?? "exit code 3221225477"}), most likely in the GPU's driver.`,
  );
  expect(hint).toMatch(/--resume; update the driver.*device: cpu\..*memory ran out\. Lower perDeviceTrainBatchSize/);
  expect(processEnded(exitCode, signal, "cpu").hint).not.toContain("driver");
});

test("a process that cannot be started is a sentence, and is not waited for", async () => {
  const error = await loadInProcess(start("/nowhere/node", []), request).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    message: "The process that holds the model could not be started: spawn /nowhere/node ENOENT.",
    hint: expect.stringContaining("memory"),
  });
});

test("calls after the process's end are told of it, and disposing is no error", async () => {
  const reply =
    "process.on('message', ({ id, method }) => method === 'load' ? process.send({ id, result: {} }) : process.exit(3))";
  const policy = await loadInProcess(start(process.execPath, ["-e", reply]), request);
  const under = policy.update({
    ...{ learningRate: 0, beta1: 0, beta2: 0, epsilon: 0, weightDecay: 0, maxGradNorm: 0 },
  });
  await expect(under).rejects.toThrow("ended early (exit code 3)");
  await expect(policy.save({ folder: "unused" })).rejects.toThrow("ended early (exit code 3)");
  await policy.dispose();
});

test.each([
  "std::bad_alloc",
  "Failed to allocate memory for requested buffer of size 8589934592",
  "Array buffer allocation failed",
  "Invalid typed array length: 4294967296",
])("%s is a failed allocation", (message) => {
  expectSentence(explainMemoryError(new Error(message)), "The memory is not enough for this model and batch size.");
});

test("other errors and those written for users are left as they are", () => {
  for (const error of [new Error("The policy is not loaded."), new PavlovError("out of memory")]) {
    expect(explainMemoryError(error)).toBe(error);
  }
});
