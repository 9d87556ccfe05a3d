import { Worker } from "node:worker_threads";
import { PavlovError } from "@pavlov/core";
import { expect, test } from "vitest";
import { loadInWorker } from "./client.js";
import { explainMemoryError } from "./worker-failure.js";

const request = { model: "unused", engine: { kind: "onnxruntime" }, reference: false } as const;

const failureOf = async (code: string, resourceLimits = {}): Promise<unknown> =>
  loadInWorker(new Worker(code, { eval: true, resourceLimits }), request).catch((error: unknown) => error);

const expectSentence = (error: unknown, message: string): void => {
  expect(error).toMatchObject({ message, hint: expect.stringContaining("Lower perDeviceTrainBatchSize") });
  expect(PavlovError.isInstance(error)).toBe(true);
};

test("a worker that ends in the middle of a call is a sentence for the user", async () => {
  expectSentence(await failureOf("process.exit(7)"), "The thread that holds the model ended early (exit code 7).");
});

test("a worker whose heap is full says that the memory is not enough", async () => {
  const fill = "const all = []; for (;;) all.push(new Array(10_000).fill(all.length));";
  expectSentence(
    await failureOf(fill, { maxOldGenerationSizeMb: 8 }),
    "The memory is not enough for this model and batch size.",
  );
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
