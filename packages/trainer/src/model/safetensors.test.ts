import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PavlovError } from "@pavlov/core";
import { uniform } from "../rollout/uniform.js";
import { openSafetensors, readSafetensors, writeSafetensors } from "./safetensors.js";

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
    const file = await openSafetensors(path());
    await file.close();
    expect(file.tensors[0]?.begin).toSatisfy((begin: number) => begin % 8 === 0);
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

test("F16 is written as the nearest number, ties to even", async () => {
  const values = [
    1,
    -2.5,
    2 ** -24,
    1.5 * 2 ** -25,
    1 + 2 ** -11,
    1 + 3 * 2 ** -11,
    65_504,
    1 / 3,
    2 ** -14 - 2 ** -26,
  ];
  const data = Float32Array.from(values);
  await writeSafetensors(path(), { x: { shape: [values.length], data } }, "F16");
  const { x } = await readSafetensors(path());
  const nearest = [1, -2.5, 2 ** -24, 2 ** -24, 1, 1 + 2 ** -9, 65_504, 0.333251953125, 2 ** -14];
  expect([...(x?.data ?? [])]).toEqual(nearest);
  const large = { x: { shape: [1], data: Float32Array.of(70_000) } };
  await expect(writeSafetensors(path(), large, "F16")).rejects.toThrow("holds 70000, which F16 cannot hold");
});

test("a weight may be made when its turn comes", async () => {
  const asked: string[] = [];
  const later = (name: string) => ({
    shape: [1],
    data: async () => {
      asked.push(name);
      return Float32Array.of(asked.length);
    },
  });
  await writeSafetensors(path(), { b: later("b"), a: later("a") });
  expect(asked).toEqual(["b", "a"]);
  expect((await readSafetensors(path()))["a"]?.data).toEqual(Float32Array.of(2));
});

test("a tensor is compared with numbers in memory without being read whole", async () => {
  const data = Float32Array.from({ length: 2_500_000 }, (_, index) => index % 251);
  await writeSafetensors(path(), { x: { shape: [2_500_000], data } }, "BF16");
  const file = await openSafetensors(path());
  const [x] = file.tensors;
  expect(await file.equals(x!, data)).toBe(true);
  data[2_499_999] = 7.5;
  expect(await file.equals(x!, data)).toBe(false);
  expect(await file.equals(x!, data.subarray(1))).toBe(false);
  await file.close();
});

test("tensors of types that no weight has are no matter where they are not wanted", async () => {
  const header = {
    position_ids: entry("I64", [2], 0, 16),
    x: entry("F32", [1], 16, 20),
    mask: entry("BOOL", [4], 20, 24),
  };
  await writeFile(path(), fileOf(header, new Uint8Array(24)));
  expect(Object.keys(await readSafetensors(path(), (name) => name === "x"))).toEqual(["x"]);
});

test("tensors that are not wanted are not read", async () => {
  const data = new Uint8Array(Float32Array.of(1, Number.NaN).buffer);
  await writeFile(path(), fileOf({ good: entry("F32", [1], 0, 4), bad: entry("F32", [1], 4, 8) }, data));
  expect(Object.keys(await readSafetensors(path(), (name) => name === "good"))).toEqual(["good"]);
});

describe("a damaged file is refused with the place and the value:", () => {
  const four = new Uint8Array(4);
  const f32 = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
  test.each<[string, Buffer, string]>([
    ["too short for a length", Buffer.alloc(3), "holds 3 bytes; a safetensors file has at least 8"],
    ["empty", Buffer.alloc(0), "is empty"],
    [
      "a pointer of Git LFS",
      Buffer.from("version https://git-lfs.github.com/spec/v1"),
      "what Git LFS leaves in its place",
    ],
    ["no type", fileOf({ x: { shape: [1], data_offsets: [0, 4] } }, four), '"x" has no type.'],
    ["no shape", fileOf({ x: { dtype: "F32", data_offsets: [0, 4] } }, four), '"x" has no shape.'],
    ["no offsets", fileOf({ x: { dtype: "F32", shape: [1] } }, four), '"x" has no offsets; they must be two positions'],
    ["a header over the limit", fileOf("{}", four, 2n ** 40n), "claims 1099511627776 bytes; the limit is 100000000"],
    ["cut in its header", fileOf("{}", new Uint8Array(), 50n), "cut short: its header needs 58 bytes, the file has 10"],
    ["a header that is not JSON", fileOf("hello!!!"), "the header is not JSON"],
    ["a header that is not UTF-8", Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe]), "the header is not UTF-8"],
    ["a tensor named twice", fileOf(`{"x":${f32},"\\u0078":${f32}}`, four), 'names the tensor "x" twice'],
    ["too many tensors", fileOf(`{${'"x":0,'.repeat(200_002)}}`), "lists more than 200000 tensors, the limit"],
    ["too many values", fileOf(`{"x":[${"[],".repeat(1_700_000)}]}`), "holds more than 3200000 values, the limit"],
    ["a type that nobody has", fileOf({ x: entry("Q4", [1], 0, 1) }, new Uint8Array(1)), 'has the type "Q4"'],
    ["huge sizes", fileOf({ x: entry("F32", [2 ** 40, 2 ** 40], 0, 4) }, four), "in F32 needs 4.8"],
    ["offsets that go backwards", fileOf({ x: entry("F32", [1], 8, 4) }, four), "has -4 bytes"],
    ["one offset", fileOf({ x: { dtype: "F32", shape: [1], data_offsets: [0] } }, four), "they must be two positions"],
    ["a header that is a list", fileOf([1]), "not a JSON object"],
    [
      "an unknown type",
      fileOf({ x: entry("I64", [1], 0, 8) }, new Uint8Array(8)),
      '"x" has the type I64; weights can be read from F32, F16 and BF16',
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
      '"x" holds NaN at [1]',
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
      "none.safetensors cannot be opened: it is not there",
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
