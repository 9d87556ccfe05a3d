import { expect, test } from "vitest";
import { addInPlace, disposeAll, floatsInMemory, readFloats } from "./buffers.js";
import type { Buffer } from "./engine.js";

const elsewhere: Buffer = {
  shape: [2],
  dtype: "float32",
  data: null,
  read: () => Promise.resolve(Float32Array.of(1, 2)),
  write: async () => undefined,
  dispose: () => undefined,
};
const here: Buffer = { ...elsewhere, data: Float32Array.of(3, 4) };

test("values in memory are read without a copy, others are fetched", async () => {
  expect(await readFloats(here, "loss")).toBe(here.data);
  expect(await readFloats(elsewhere, "loss")).toEqual(Float32Array.of(1, 2));
  await expect(readFloats(undefined, "loss")).rejects.toThrow("The program returned no loss.");
});

test("values that must be in memory are refused where they are not, by name", () => {
  expect(floatsInMemory(here, "a.weight")).toBe(here.data);
  for (const buffer of [elsewhere, undefined, { ...here, data: Int32Array.of(1) }]) {
    expect(() => floatsInMemory(buffer, "a.weight")).toThrow("a.weight must be float32 values");
  }
});

test("all buffers are freed", () => {
  const freed: string[] = [];
  const named = (name: string): Buffer => ({ ...here, dispose: () => void freed.push(name) });
  disposeAll({ a: named("a"), b: named("b") });
  expect(freed).toEqual(["a", "b"]);
});

test("values are added in place", () => {
  const sum = Float32Array.of(1, 2);
  addInPlace(sum, Float32Array.of(10, 20));
  expect(sum).toEqual(Float32Array.of(11, 22));
});
