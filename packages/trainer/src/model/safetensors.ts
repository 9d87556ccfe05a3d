// Reads and writes safetensors files (huggingface/safetensors). Tensors are read one after another straight into their
// float32 arrays, so memory stays near the size of the weights.
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { PavlovError } from "@pavlov/core";
import { narrowToBfloat16, widenBfloat16, widenFloat16 } from "./half-precision.js";
import type { Parameter, Parameters } from "./parameters.js";
import { elementCount } from "./parameters.js";
import type { StoredTensor } from "./safetensors-header.js";
import { maxHeaderBytes, parseHeader, readHeaderLength } from "./safetensors-header.js";

const chunkBytes = 4 * 2 ** 20;

/**
 * All tensors of a file as float32 (F16 and BF16 are widened). `wanted` picks by name; the others are not read.
 * Throws a PavlovError for a file that is missing, cut short, malformed, or that holds a value that is not finite.
 */
export async function readSafetensors(
  path: string,
  wanted: (name: string) => boolean = () => true,
): Promise<Record<string, Parameter>> {
  const file = await openToRead(path);
  try {
    const { size } = await file.stat();
    const tensors = await readHeader(file, size, path);
    const parameters: Record<string, Parameter> = {};
    for (const tensor of tensors) {
      if (wanted(tensor.name)) parameters[tensor.name] = await readTensor(file, tensor, path);
    }
    return parameters;
  } finally {
    await file.close();
  }
}

/** What a file holds, without reading the tensors. */
export async function readSafetensorsHeader(path: string): Promise<StoredTensor[]> {
  const file = await openToRead(path);
  try {
    return await readHeader(file, (await file.stat()).size, path);
  } finally {
    await file.close();
  }
}

async function openToRead(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    throw new PavlovError(`The weights file ${path} cannot be opened.`, { cause });
  }
}

async function readHeader(file: FileHandle, fileBytes: number, path: string): Promise<StoredTensor[]> {
  const start = new Uint8Array(Math.min(8, fileBytes));
  await readFully(file, start, 0, path);
  const header = new Uint8Array(readHeaderLength(start, fileBytes, path));
  await readFully(file, header, 8, path);
  return parseHeader(header, fileBytes, path);
}

async function readTensor(file: FileHandle, tensor: StoredTensor, path: string): Promise<Parameter> {
  const data = new Float32Array(elementCount(tensor.shape));
  if (tensor.type === "F32") {
    await readFully(file, new Uint8Array(data.buffer), tensor.begin, path);
  } else {
    const widen = tensor.type === "BF16" ? widenBfloat16 : widenFloat16;
    const chunk = new Uint16Array(Math.min(chunkBytes / 2, data.length));
    for (let offset = 0; offset < data.length; offset += chunk.length) {
      const part = chunk.subarray(0, Math.min(chunk.length, data.length - offset));
      await readFully(file, new Uint8Array(part.buffer, 0, part.byteLength), tensor.begin + offset * 2, path);
      widen(part, data, offset);
    }
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new PavlovError(
      `${path}: the tensor ${JSON.stringify(tensor.name)} holds ${data[bad]} at element ${bad}; ` +
        "weights must be finite.",
    );
  }
  return { shape: tensor.shape, data };
}

async function readFully(file: FileHandle, target: Uint8Array, position: number, path: string): Promise<void> {
  let done = 0;
  while (done < target.byteLength) {
    const { bytesRead } = await file.read(target, done, Math.min(target.byteLength - done, 2 ** 30), position + done);
    if (bytesRead === 0) throw new PavlovError(`${path} ended at byte ${position + done} while it was read.`);
    done += bytesRead;
  }
}

/**
 * Writes a file, tensors in the order given, as F32 or rounded to BF16, and flushes it to the disk. The caller gives a
 * path that nothing reads yet (see `saveModel`, which renames the whole folder into place).
 */
export async function writeSafetensors(
  path: string,
  parameters: Parameters,
  type: "F32" | "BF16" = "F32",
): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  const width = type === "F32" ? 4 : 2;
  let end = 0;
  for (const [name, { shape, data }] of Object.entries(parameters)) {
    const begin = end;
    end += data.length * width;
    header[name] = { dtype: type, shape, data_offsets: [begin, end] };
  }
  const text = JSON.stringify(header);
  // Spaces at the end align the data to 8 bytes, as the reference writer does.
  const unpadded = Buffer.from(text);
  const headerBytes = Buffer.concat([unpadded, Buffer.alloc((8 - (unpadded.length % 8)) % 8, " ")]);
  if (headerBytes.length > maxHeaderBytes)
    throw new Error(`The header has ${headerBytes.length} bytes; the limit is ${maxHeaderBytes}.`);
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(headerBytes.length));

  const file = await open(path, "w");
  try {
    await file.writeFile(Buffer.concat([start, headerBytes]));
    for (const { data } of Object.values(parameters)) await writeTensor(file, data, type);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeTensor(file: FileHandle, data: Float32Array, type: "F32" | "BF16"): Promise<void> {
  const elements = chunkBytes / 4;
  for (let offset = 0; offset < data.length; offset += elements) {
    const part = data.subarray(offset, offset + elements);
    const stored = type === "F32" ? part : narrowToBfloat16(part);
    await file.writeFile(new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength));
  }
}
