import { expect, test } from "vitest";
import type { Buffers } from "../engine/engine.js";
import { decodeKind, type RolloutOptions } from "./decode-kind.js";

const weightsOf = (parameters: number): Buffers => {
  const values = { data: null, read: () => Promise.reject(), write: () => Promise.reject(), dispose() {} };
  return { weight: { shape: [parameters], dtype: "float32", ...values } };
};
const kind = (parameters: number, maxCompletionLength: number, rollout: RolloutOptions = {}, name = "onnxruntime") =>
  decodeKind({ name, inMemory: true }, weightsOf(parameters), { maxCompletionLength, rollout });

test("weights are inside of the program where each run would copy them to a device", () => {
  const engine = { name: "onnxruntime cuda", inMemory: true, copiesInputs: true };
  expect(decodeKind(engine, weightsOf(1e6), { maxCompletionLength: 8 })).toBe("packed");
});

test("small models keep the model's own program", () => {
  expect(kind(1e6, 512)).toBe("plain");
});

test("large models copy their weights where completions are long enough to repay it", () => {
  expect(kind(135e6, 16)).toBe("streamed");
  expect(kind(135e6, 64)).toBe("packed");
  expect(kind(600e6, 512)).toBe("packed");
});

test("the options decide where they say so", () => {
  expect(kind(135e6, 64, { weights: "constants" })).toBe("packed");
  expect(kind(135e6, 512, { weights: "inputs" })).toBe("streamed");
  expect(kind(1e6, 8, { precision: "int8" })).toBe("int8");
});

test("an engine without compiled programs runs the model's own", () => {
  expect(kind(135e6, 512, {}, "tfjs cpu")).toBe("plain");
});

test("on a device weights stay where they are, but for those of 8 bits, which a tensor library lacks", () => {
  const on = (name: string, precision: "float32" | "int8") =>
    decodeKind({ name, inMemory: false }, weightsOf(1e9), { maxCompletionLength: 8, rollout: { precision } });
  expect(on("onnxruntime webgpu", "float32")).toBe("plain");
  expect(on("onnxruntime webgpu", "int8")).toBe("int8");
  expect(() => on("tfjs tensorflow", "int8")).toThrow("rollout.precision is int8");
});
