// Writes safetensors files (huggingface/safetensors), whole or in shards named as transformers' `save_pretrained`
// names them. Each tensor is converted a few megabytes at a time, so that saving costs no memory to speak of.
import type { FileHandle } from "node:fs/promises";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PavlovError } from "@pavlov/core";
import { narrowToBfloat16, narrowToFloat16 } from "./half-precision.js";
import { elementCount } from "./parameters.js";
import type { StoredType } from "./safetensors-header.js";
import { maxHeaderBytes } from "./safetensors-json.js";

/** A weight to write: in memory, or made when its turn comes and free to go afterwards. */
export interface WritableParameter {
  readonly shape: readonly number[];
  readonly data: Float32Array | (() => Float32Array | Promise<Float32Array>);
}

/** Weights to write, in the order of the file. */
export type WritableParameters = Readonly<Record<string, WritableParameter>>;

const chunkElements = 2 ** 20;

const bytesOfType: Readonly<Record<StoredType, number>> = { F32: 4, F16: 2, BF16: 2 };

/** Bytes that the weights take in a file, its header apart. */
export function storedBytes(parameters: WritableParameters, type: StoredType): number {
  return Object.values(parameters).reduce((sum, { shape }) => sum + elementCount(shape) * bytesOfType[type], 0);
}

/**
 * Writes a file, tensors in the order given, as F32 or rounded to BF16 or F16, and flushes it to the disk. The caller
 * gives a path that nothing reads yet (see `saveModel`, which renames the whole folder into place).
 */
export async function writeSafetensors(
  path: string,
  parameters: WritableParameters,
  type: StoredType = "F32",
): Promise<void> {
  const file = await open(path, "w");
  try {
    await writeFully(file, headerBytes(parameters, type));
    for (const [name, { shape, data }] of Object.entries(parameters)) {
      const values = typeof data === "function" ? await data() : data;
      if (values.length !== elementCount(shape)) {
        throw new Error(`${name} has ${values.length} elements; its shape is [${shape.join(", ")}].`);
      }
      await writeTensor(file, values, type, name);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Writes `model.safetensors` where the weights fit `maxShardSize` bytes, else `model-00001-of-00003.safetensors` and
 * so on with `model.safetensors.index.json`. A tensor that is larger by itself gets a shard of its own.
 */
export async function writeWeights(
  folder: string,
  parameters: WritableParameters,
  type: StoredType,
  maxShardSize: number,
): Promise<void> {
  const shards = splitIntoShards(parameters, type, maxShardSize);
  if (shards.length <= 1) return writeSafetensors(join(folder, "model.safetensors"), parameters, type);
  const weightMap: Record<string, string> = {};
  for (const [index, shard] of shards.entries()) {
    const file = `model-${fiveDigits(index + 1)}-of-${fiveDigits(shards.length)}.safetensors`;
    for (const name of Object.keys(shard)) weightMap[name] = file;
    await writeSafetensors(join(folder, file), shard, type);
  }
  const elements = Object.values(parameters).reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const index = {
    metadata: { total_parameters: elements, total_size: storedBytes(parameters, type) },
    weight_map: Object.fromEntries(Object.entries(weightMap).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
  const text = `${JSON.stringify(index, null, 2)}\n`;
  await writeFile(join(folder, "model.safetensors.index.json"), text, { flush: true });
}

/** Consecutive tensors, as many to a shard as fit. */
function splitIntoShards(
  parameters: WritableParameters,
  type: StoredType,
  maxShardSize: number,
): Record<string, WritableParameter>[] {
  const shards: Record<string, WritableParameter>[] = [];
  let bytes = Infinity;
  for (const [name, parameter] of Object.entries(parameters)) {
    const size = elementCount(parameter.shape) * bytesOfType[type];
    if (bytes + size > maxShardSize) {
      shards.push({});
      bytes = 0;
    }
    (shards.at(-1) as Record<string, WritableParameter>)[name] = parameter;
    bytes += size;
  }
  return shards;
}

const fiveDigits = (count: number): string => String(count).padStart(5, "0");

function headerBytes(parameters: WritableParameters, type: StoredType): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let end = 0;
  for (const [name, { shape }] of Object.entries(parameters)) {
    const begin = end;
    end += elementCount(shape) * bytesOfType[type];
    header[name] = { dtype: type, shape, data_offsets: [begin, end] };
  }
  // Spaces at the end align the data to 8 bytes, as the reference writer does.
  const unpadded = Buffer.from(JSON.stringify(header));
  const text = Buffer.concat([unpadded, Buffer.alloc((8 - (unpadded.length % 8)) % 8, " ")]);
  if (text.length > maxHeaderBytes)
    throw new Error(`The header has ${text.length} bytes; the limit is ${maxHeaderBytes}.`);
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([start, text]);
}

async function writeTensor(file: FileHandle, data: Float32Array, type: StoredType, name: string): Promise<void> {
  const narrowed = type === "F32" ? null : new Uint16Array(Math.min(chunkElements, data.length));
  for (let offset = 0; offset < data.length; offset += chunkElements) {
    const part = data.subarray(offset, offset + chunkElements);
    if (narrowed === null) {
      await writeFully(file, new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
      continue;
    }
    if (type === "BF16") narrowToBfloat16(part, narrowed);
    else refuseOverflow(part[narrowToFloat16(part, narrowed)], name);
    await writeFully(file, new Uint8Array(narrowed.buffer, 0, part.length * 2));
  }
}

function refuseOverflow(value: number | undefined, name: string): void {
  if (value === undefined) return;
  throw new PavlovError(`The weight ${name} holds ${value}, which F16 cannot hold (65504 at most): use BF16 or F32.`);
}

async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) done += (await file.write(bytes, done)).bytesWritten;
}
