import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PavlovError } from "@pavlov/core";
import { uniform } from "../rollout/uniform.js";
import { readSafetensors, readSafetensorsHeader, writeSafetensors } from "./safetensors.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-safetensors-"));
});
afterAll(() => rm(folder, { recursive: true }));

const path = () => join(folder, "model.safetensors");

/** A file from a header and its data, as anybody could have made it. */
function fileOf(header: unknown, data: Uint8Array = new Uint8Array(), headerLength?: bigint): Buffer {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(headerLength ?? BigInt(text.length));
  return Buffer.concat([start, text, data]);
}

const entry = (dtype: string, shape: unknown, begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe("a written file", () => {
  const parameters = {
    "b.weight": { shape: [2, 3], data: Float32Array.of(1, -2.5, 3e-20, 4e20, -0, 0.1) },
    "a.bias": { shape: [3], data: Float32Array.of(7, 8, 9) },
    empty: { shape: [0, 4], data: new Float32Array() },
  };

  test("gives back the same bits", async () => {
    await writeSafetensors(path(), parameters);
    const read = await readSafetensors(path());
    expect(read).toEqual(parameters);
    expect(Object.is(read["b.weight"]?.data[4], -0)).toBe(true);
  });

  test("aligns its data to 8 bytes", async () => {
    await writeSafetensors(path(), parameters);
    expect((await readSafetensorsHeader(path()))[0]?.begin).toSatisfy((begin: number) => begin % 8 === 0);
  });

  test("in BF16 gives back the nearest BF16 numbers, ties to even", async () => {
    const data = Float32Array.of(1, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20, -2.9, 3.4e38);
    await writeSafetensors(path(), { x: { shape: [6], data } }, "BF16");
    const read = await readSafetensors(path(), (name) => name === "x").catch((error: Error) => error);
    // 3.4e38 rounds up to infinity, which no weight may be.
    expect(read).toBeInstanceOf(Error);
    await writeSafetensors(path(), { x: { shape: [5], data: data.slice(0, 5) } }, "BF16");
    const { x } = await readSafetensors(path());
    expect([...(x?.data ?? [])]).toEqual([1, 1, 1 + 2 ** -6, 1 + 2 ** -7, -2.90625]);
  });

  test("larger than a chunk is read whole", async () => {
    const data = Float32Array.from({ length: 3_000_000 }, (_, index) => index % 251);
    await writeSafetensors(path(), { x: { shape: [3_000_000], data } }, "BF16");
    const { x } = await readSafetensors(path());
    expect(x?.data.findIndex((value, index) => value !== data[index])).toBe(-1);
  });
});

test("F16 is widened exactly: normal, subnormal, negative", async () => {
  const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x3555, 0x8000);
  await writeFile(path(), fileOf({ x: entry("F16", [7], 0, 14) }, new Uint8Array(halves.buffer)));
  const { x } = await readSafetensors(path());
  expect([...(x?.data ?? [])]).toEqual([1, -2, 2 ** -24, 1023 * 2 ** -24, 65504, 0.333251953125, -0]);
});

test("tensors that are not wanted are not read", async () => {
  const data = new Uint8Array(Float32Array.of(1, Number.NaN).buffer);
  await writeFile(path(), fileOf({ good: entry("F32", [1], 0, 4), bad: entry("F32", [1], 4, 8) }, data));
  expect(Object.keys(await readSafetensors(path(), (name) => name === "good"))).toEqual(["good"]);
});

describe("a damaged file is refused with the place and the value:", () => {
  const four = new Uint8Array(4);
  test.each<[string, Buffer, string]>([
    ["too short for a length", Buffer.alloc(3), "holds 3 bytes; a safetensors file has at least 8"],
    ["a header over the limit", fileOf("{}", four, 2n ** 40n), "claims 1099511627776 bytes; the limit is 100000000"],
    ["cut in its header", fileOf("{}", new Uint8Array(), 50n), "cut short: its header needs 58 bytes, the file has 10"],
    ["a header that is not JSON", fileOf("hello!!!"), "the header is not JSON"],
    ["a header that is a list", fileOf([1]), "not a JSON object"],
    [
      "an unknown type",
      fileOf({ x: entry("I64", [1], 0, 8) }, new Uint8Array(8)),
      '"x" has the type "I64"; only F32, F16 and BF16',
    ],
    ["a negative size", fileOf({ x: entry("F32", [-1], 0, 4) }, four), '"x" has the shape [-1]'],
    ["a size that is a text", fileOf({ x: entry("F32", ["1"], 0, 4) }, four), '"x" has the shape ["1"]'],
    [
      "offsets that disagree with the shape",
      fileOf({ x: entry("F32", [2], 0, 4) }, four),
      "has 4 bytes; its shape [2] in F32 needs 8",
    ],
    [
      "overlapping tensors",
      fileOf({ x: entry("F32", [1], 0, 4), y: entry("F32", [1], 0, 4) }, four),
      '"y" overlaps the tensor before it',
    ],
    ["a hole", fileOf({ x: entry("F32", [1], 4, 8) }, new Uint8Array(8)), '"x" leaves a hole before it'],
    ["cut in its data", fileOf({ x: entry("F32", [2], 0, 8) }, four), "is cut short"],
    ["bytes at the end", fileOf({ x: entry("F32", [1], 0, 4) }, new Uint8Array(9)), "bytes after its last tensor"],
    [
      "not a number",
      fileOf({ x: entry("F32", [2], 0, 8) }, new Uint8Array(Float32Array.of(1, Number.NaN).buffer)),
      '"x" holds NaN at element 1',
    ],
    ["no description", fileOf({ x: 3 }), '"x" has no description'],
  ])("%s", async (_, bytes, message) => {
    await writeFile(path(), bytes);
    const error = await readSafetensors(path()).catch((thrown: unknown) => thrown);
    expect(PavlovError.isInstance(error)).toBe(true);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).toContain("model.safetensors");
  });

  test("one that is not there", async () => {
    await expect(readSafetensors(join(folder, "none.safetensors"))).rejects.toThrow(
      "none.safetensors cannot be opened",
    );
  });
});

test("changed bytes of a file end in a sentence or in finite weights, never in another error", async () => {
  const data = Float32Array.from({ length: 64 }, (_, index) => index);
  await writeSafetensors(path(), { x: { shape: [8, 8], data }, y: { shape: [4], data: data.slice(0, 4) } });
  const original = await readFile(path());
  for (let round = 0; round < 200; round++) {
    const changed = Buffer.from(original);
    for (let change = 0; change < 3; change++) {
      const position = Math.floor(uniform(1, round, change, 0) * Math.min(changed.length, 220));
      changed[position] = Math.floor(uniform(1, round, change, 1) * 256);
    }
    await writeFile(path(), round % 5 === 0 ? changed.subarray(0, changed.length - round) : changed);
    const result = await readSafetensors(path()).catch((thrown: unknown) => thrown);
    if (result instanceof Error) expect(PavlovError.isInstance(result), String(result)).toBe(true);
    else
      for (const { data: values } of Object.values(result as object)) expect(values.every(Number.isFinite)).toBe(true);
  }
});
