// The header of a safetensors file: what is in it and where. Follows the format's own rules (huggingface/safetensors):
// header at most 100 MB, offsets without holes or overlaps, sizes that agree with shape and type.
import { PavlovError } from "@pavlov/core";
import { elementCount } from "./parameters.js";

/** Largest header that is read, the limit of the reference implementation. */
export const maxHeaderBytes = 100_000_000;

/** Number formats that can be read. */
export type StoredType = "F32" | "F16" | "BF16";

/** Where a tensor lies in a file. */
export interface StoredTensor {
  readonly name: string;
  readonly type: StoredType;
  readonly shape: readonly number[];
  /** Bytes from the start of the file. */
  readonly begin: number;
  readonly end: number;
}

const bytesOfType: Readonly<Record<StoredType, number>> = { F32: 4, F16: 2, BF16: 2 };

/** The header's length from the first 8 bytes. Throws where it exceeds the file or the limit. */
export function readHeaderLength(start: Uint8Array, fileBytes: number, path: string): number {
  if (start.byteLength < 8)
    throw new PavlovError(`${path} holds ${fileBytes} bytes; a safetensors file has at least 8.`);
  const length = Number(new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true));
  if (length > maxHeaderBytes) {
    throw new PavlovError(
      `${path}: the header claims ${length} bytes; the limit is ${maxHeaderBytes}. Is it a safetensors file?`,
    );
  }
  if (8 + length > fileBytes) {
    throw new PavlovError(`${path} is cut short: its header needs ${8 + length} bytes, the file has ${fileBytes}.`);
  }
  return length;
}

/** Checks a header and returns its tensors in the order of the file. Other types than F32, F16, BF16 are refused. */
export function parseHeader(header: Uint8Array, fileBytes: number, path: string): StoredTensor[] {
  const entries = Object.entries(parseJson(header, path)).filter(([name]) => name !== "__metadata__");
  const dataStart = 8 + header.byteLength;
  const tensors = entries.map(([name, entry]) => parseEntry(name, entry, dataStart, path));
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let position = dataStart;
  for (const tensor of tensors) {
    if (tensor.begin !== position) {
      const problem = tensor.begin < position ? "overlaps the tensor before it" : "leaves a hole before it";
      throw new PavlovError(
        `${path}: the tensor ${JSON.stringify(tensor.name)} ${problem} (byte ${tensor.begin}, expected ${position}).`,
      );
    }
    position = tensor.end;
  }
  if (position !== fileBytes) {
    const problem = position > fileBytes ? "is cut short" : "has bytes after its last tensor";
    throw new PavlovError(`${path} ${problem}: its tensors end at byte ${position}, the file has ${fileBytes}.`);
  }
  return tensors;
}

function parseJson(header: Uint8Array, path: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(header));
  } catch (cause) {
    throw new PavlovError(`${path}: the header is not JSON. Is it a safetensors file?`, { cause });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new PavlovError(`${path}: the header is not a JSON object. Is it a safetensors file?`);
  }
  return json as Record<string, unknown>;
}

function parseEntry(name: string, entry: unknown, dataStart: number, path: string): StoredTensor {
  const where = `${path}: the tensor ${JSON.stringify(name)}`;
  if (typeof entry !== "object" || entry === null) throw new PavlovError(`${where} has no description.`);
  const { dtype, shape, data_offsets: offsets } = entry as Record<string, unknown>;
  if (dtype !== "F32" && dtype !== "F16" && dtype !== "BF16") {
    throw new PavlovError(`${where} has the type ${JSON.stringify(dtype)}; only F32, F16 and BF16 can be read.`);
  }
  if (!isSizes(shape))
    throw new PavlovError(`${where} has the shape ${JSON.stringify(shape)}, which is not a list of sizes.`);
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw new PavlovError(`${where} has the offsets ${JSON.stringify(offsets)}; they must be two positions.`);
  }
  const [begin = 0, end = 0] = offsets;
  const expected = elementCount(shape) * bytesOfType[dtype];
  if (end - begin !== expected) {
    throw new PavlovError(
      `${where} has ${end - begin} bytes; its shape [${shape.join(", ")}] in ${dtype} needs ${expected}.`,
    );
  }
  return { name, type: dtype, shape, begin: dataStart + begin, end: dataStart + end };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
