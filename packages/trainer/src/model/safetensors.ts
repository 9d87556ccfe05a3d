// Reads safetensors files (huggingface/safetensors). Tensors are read one after another straight into their float32
// arrays, so memory stays near the size of the weights.
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { PavlovError } from "@pavlov/core";
import { widenBfloat16, widenFloat16 } from "./half-precision.js";
import { whyUnreadable } from "./json-file.js";
import type { Parameter } from "./parameters.js";
import { elementCount } from "./parameters.js";
import type { StoredTensor, StoredType } from "./safetensors-header.js";
import { isStoredType, parseHeader, readHeaderLength } from "./safetensors-header.js";

export { writeSafetensors } from "./safetensors-write.js";

/** Bytes that are in memory beside the weights. */
const chunkBytes = 8 * 2 ** 20;

const bytesOfType: Readonly<Record<StoredType, number>> = { F32: 4, F16: 2, BF16: 2 };

/** An open file whose header has been read and checked. */
export interface SafetensorsFile {
  readonly path: string;
  /** Everything the file holds, in its order. */
  readonly tensors: readonly StoredTensor[];
  /**
   * One tensor as float32; F16 and BF16 are widened. Throws a PavlovError where it has another type, or a value that
   * is not finite, with the place of the first.
   */
  read(tensor: StoredTensor): Promise<Parameter>;
  /** Whether a tensor holds these numbers; it is never in memory as a whole. */
  equals(tensor: StoredTensor, data: Float32Array): Promise<boolean>;
  close(): Promise<void>;
}

/** Opens a file and checks its header. Throws a PavlovError for one that is missing, cut short or malformed. */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const file = await openToRead(path);
  try {
    const { size } = await file.stat();
    const start = new Uint8Array(Math.min(8, size));
    await readFully(file, start, 0, path);
    const header = new Uint8Array(readHeaderLength(start, size, path));
    await readFully(file, header, 8, path);
    const tensors = parseHeader(header, size, path);
    return {
      path,
      tensors,
      read: (tensor) => readTensor(file, tensor, path),
      equals: (tensor, data) => tensorEquals(file, tensor, path, data),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** All tensors of a file as float32, or those whose names are `wanted`; the others may have any type. */
export async function readSafetensors(
  path: string,
  wanted: (name: string) => boolean = () => true,
): Promise<Record<string, Parameter>> {
  const file = await openSafetensors(path);
  try {
    const entries: [string, Parameter][] = [];
    for (const tensor of file.tensors) if (wanted(tensor.name)) entries.push([tensor.name, await file.read(tensor)]);
    return Object.fromEntries(entries);
  } finally {
    await file.close();
  }
}

async function openToRead(path: string): Promise<FileHandle> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (cause) {
    throw new PavlovError(`The weights file ${path} cannot be opened: ${whyUnreadable(cause)}.`, { cause });
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new PavlovError(`The weights file ${path} cannot be opened: it is no file.`);
}

async function readTensor(file: FileHandle, tensor: StoredTensor, path: string): Promise<Parameter> {
  const type = requireType(tensor, path);
  const data = new Float32Array(elementCount(tensor.shape));
  for await (const { part, offset } of widened(file, tensor, type, path, data)) {
    const bad = firstNotFinite(part);
    if (bad < 0) continue;
    throw new PavlovError(
      `${path}: the tensor ${JSON.stringify(tensor.name)} holds ${part[bad]} at ${placeIn(tensor.shape, offset + bad)}; ` +
        "weights must be finite.",
      { hint: "The model is damaged, or was saved after training diverged: take another one." },
    );
  }
  return { shape: tensor.shape, data };
}

async function tensorEquals(file: FileHandle, tensor: StoredTensor, path: string, data: Float32Array) {
  if (elementCount(tensor.shape) !== data.length) return false;
  for await (const { part, offset } of widened(file, tensor, requireType(tensor, path), path)) {
    for (let index = 0; index < part.length; index++) if (part[index] !== data[offset + index]) return false;
  }
  return true;
}

function requireType({ name, type }: StoredTensor, path: string): StoredType {
  if (isStoredType(type)) return type;
  throw new PavlovError(
    `${path}: the tensor ${JSON.stringify(name)} has the type ${type}; weights can be read from F32, F16 and BF16.`,
    { hint: "Save the model in one of these first, with transformers: model.to(torch.bfloat16).save_pretrained(…)." },
  );
}

/** A tensor as float32, some megabytes at a time: into `target`, or else into one array that each part overwrites. */
async function* widened(
  file: FileHandle,
  { shape, begin }: StoredTensor,
  type: StoredType,
  path: string,
  target?: Float32Array,
): AsyncGenerator<{ readonly part: Float32Array; readonly offset: number }> {
  const width = bytesOfType[type];
  const length = elementCount(shape);
  const step = chunkBytes / 4;
  const stored = type === "F32" ? null : new Uint16Array(Math.min(step, length));
  const scratch = target ?? new Float32Array(Math.min(step, length));
  for (let offset = 0; offset < length; offset += step) {
    const size = Math.min(step, length - offset);
    const start = target === undefined ? 0 : offset;
    const part = scratch.subarray(start, start + size);
    if (stored === null) {
      await readFully(file, bytesOf(part), begin + offset * width, path);
    } else {
      const halves = stored.subarray(0, size);
      await readFully(file, bytesOf(halves), begin + offset * width, path);
      (type === "BF16" ? widenBfloat16 : widenFloat16)(halves, part, 0);
    }
    yield { part, offset };
  }
}

function bytesOf(array: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function firstNotFinite(values: Float32Array): number {
  // x − x is 0 for every finite number and NaN for the others: one pass without a branch in the usual case.
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += (values[index] as number) - (values[index] as number);
  return sum === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value));
}

/** `[3, 17]` for an element of a matrix. */
function placeIn(shape: readonly number[], element: number): string {
  const place: number[] = [];
  let rest = element;
  for (const size of shape.toReversed()) {
    place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `[${place.join(", ")}]`;
}

async function readFully(file: FileHandle, target: Uint8Array, position: number, path: string): Promise<void> {
  let done = 0;
  while (done < target.byteLength) {
    const { bytesRead } = await file.read(target, done, Math.min(target.byteLength - done, 2 ** 30), position + done);
    if (bytesRead === 0) throw new PavlovError(`${path} ended at byte ${position + done} while it was read.`);
    done += bytesRead;
  }
}
