import { PavlovError } from "@pavlov/core";
import { expect, test } from "vitest";
import { explainDeviceError } from "./device-errors.js";

const work = { device: "webgpu", doing: "running the program train" } as const;

const explained = (message: string, device: string = work.device): unknown =>
  explainDeviceError(new Error(message), { ...work, device });

/** What ONNX Runtime 1.30 and Dawn say; the CUDA provider's after its source. */
test.each([
  [
    "webgpu_context.cc:136 Failed to get a WebGPU adapter: No supported adapters",
    /^There is no GPU that can be used here/,
    /pavlov doctor/,
  ],
  [
    "WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid due to a previous error.",
    /^The GPU's memory is not enough \(while running the program train\)/,
    /--resume/,
  ],
  ["vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY", /memory is not enough/, /perDeviceTrainBatchSize/],
  ["Buffer size (2147483648) exceeds the max buffer size limit (1073741824).", /^A tensor is larger/, /lora/],
  [
    "running ScatterND node. Status Message: absl::container_internal::raw_hash_map<>::at",
    /^A tensor is larger than this GPU lets a program's buffers be \(while running the program train\)/,
    /maxCompletionLength/,
  ],
  ["WebGPU device error(4): [Device] is lost.", /^The GPU was lost while running the program train/, /--resume/],
  ["vkQueueSubmit failed with VK_ERROR_DEVICE_LOST", /^The GPU was lost/, /checkpoint/],
  [
    "Failed to download data from buffer. wgpu::MapAsyncStatus value: 4, message: [Device] is lost.",
    /^The GPU was lost/,
    /update the driver/,
  ],
])("%s", (message, text, hint) => {
  const error = explained(message) as PavlovError;
  expect(PavlovError.isInstance(error)).toBe(true);
  expect(error.message).toMatch(text);
  expect(error.hint).toMatch(hint);
});

test("CUDA without a GPU or with an old driver is told", () => {
  const message =
    "cuda_call.cc:146 CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=-1";
  const { message: sentence, hint } = explained(message, "cuda") as PavlovError;
  expect(sentence).toMatch(/^CUDA has no GPU to compute on here/);
  expect(hint).toContain("nvidia-smi");
  expect(PavlovError.isInstance(explained(message.replace("35", "700"), "cuda"))).toBe(false);
});

test("a CUDA provider that is missing is one only where CUDA was asked for", () => {
  const message = "OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library";
  const { message: sentence } = explained(message, "cuda") as PavlovError;
  expect(sentence).toMatch(
    /^ONNX Runtime's CUDA provider cannot be loaded: it is not installed, or it lacks a library/,
  );
  expect(PavlovError.isInstance(explained(message))).toBe(false);
});

test("other errors, and those that are explained, stay what they are", () => {
  const [plain, own] = [new Error("the shapes do not fit"), new PavlovError("It is full.")];
  expect(explainDeviceError(plain, work)).toBe(plain);
  expect(explainDeviceError(own, work)).toBe(own);
});
