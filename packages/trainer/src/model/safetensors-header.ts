// The header of a safetensors file: what is in it and where. Follows the format's own rules (huggingface/safetensors):
// header at most 100 MB, offsets without holes or overlaps, sizes that agree with shape and type.
import { PavlovError } from "@pavlov/core";
import { lfsPointer, shown } from "./json-file.js";
import { elementCount } from "./parameters.js";
import { maxHeaderBytes, parseHeaderJson } from "./safetensors-json.js";

/** Number formats that weights can be read from. */
export type StoredType = "F32" | "F16" | "BF16";

/** Where a tensor lies in a file. */
export interface StoredTensor {
  readonly name: string;
  /** The file's name for the number format: a {@link StoredType}, or one that no weight can be read from. */
  readonly type: string;
  readonly shape: readonly number[];
  /** Bytes from the start of the file. */
  readonly begin: number;
  readonly end: number;
}

/** Bits of one number, for every type of the format. */
const bitsOfType: Readonly<Record<string, number>> = {
  ...{ F64: 64, F32: 32, F16: 16, BF16: 16, F8_E4M3: 8, F8_E5M2: 8, F8_E8M0: 8, F6_E2M3: 6, F6_E3M2: 6, F4: 4 },
  ...{ C64: 64, I64: 64, I32: 32, I16: 16, I8: 8, U64: 64, U32: 32, U16: 16, U8: 8, BOOL: 8 },
};

/** Whether weights can be read from numbers of this type. */
export function isStoredType(type: string): type is StoredType {
  return type === "F32" || type === "F16" || type === "BF16";
}

/** The header's length from the first 8 bytes. Throws where it exceeds the file or the limit. */
export function readHeaderLength(start: Uint8Array, fileBytes: number, path: string): number {
  if (start.byteLength < 8) {
    throw new PavlovError(
      fileBytes === 0
        ? `${path} is empty.`
        : `${path} holds ${fileBytes} bytes; a safetensors file has at least 8. Was it copied or downloaded whole?`,
    );
  }
  if (Buffer.from(start).toString("latin1") === "version ") throw lfsPointer(path);
  const length = Number(new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true));
  if (length > maxHeaderBytes) {
    throw new PavlovError(
      `${path}: the header claims ${length} bytes; the limit is ${maxHeaderBytes}. Is it a safetensors file?`,
    );
  }
  if (8 + length > fileBytes) {
    throw new PavlovError(`${path} is cut short: its header needs ${8 + length} bytes, the file has ${fileBytes}.`, {
      hint: "Copy or download it again.",
    });
  }
  return length;
}

/** Checks a header and returns its tensors in the order of the file, whatever their type. */
export function parseHeader(header: Uint8Array, fileBytes: number, path: string): StoredTensor[] {
  const entries = Object.entries(parseHeaderJson(header, path)).filter(([name]) => name !== "__metadata__");
  const dataStart = 8 + header.byteLength;
  const tensors = entries.map(([name, entry]) => parseEntry(name, entry, dataStart, path));
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let position = dataStart;
  for (const tensor of tensors) {
    if (tensor.begin !== position) {
      const problem = tensor.begin < position ? "overlaps the tensor before it" : "leaves a hole before it";
      throw new PavlovError(
        `${path}: the tensor ${shown(tensor.name)} ${problem} (byte ${tensor.begin}, expected ${position}).`,
      );
    }
    position = tensor.end;
  }
  if (position > fileBytes) {
    throw new PavlovError(
      `${path} is cut short: its tensors end at byte ${position}, the file has ${fileBytes} bytes.`,
      { hint: "Copy or download it again." },
    );
  }
  if (position < fileBytes) {
    throw new PavlovError(
      `${path} has bytes after its last tensor: its tensors end at byte ${position}, the file has ${fileBytes} bytes.`,
    );
  }
  return tensors;
}

function parseEntry(name: string, entry: unknown, dataStart: number, path: string): StoredTensor {
  const where = `${path}: the tensor ${shown(name)}`;
  if (typeof entry !== "object" || entry === null) throw new PavlovError(`${where} has no description.`);
  const { dtype, shape, data_offsets: offsets } = entry as Record<string, unknown>;
  if (typeof dtype !== "string" || !Object.hasOwn(bitsOfType, dtype)) {
    const found = dtype === undefined ? "no type" : `the type ${shown(dtype)}, which the format does not have`;
    throw new PavlovError(`${where} has ${found}.`);
  }
  if (!isSizes(shape)) {
    const found = shape === undefined ? "no shape" : `the shape ${shown(shape)}, which is not a list of sizes`;
    throw new PavlovError(`${where} has ${found}.`);
  }
  if (!isSizes(offsets) || offsets.length !== 2) {
    const found = offsets === undefined ? "no offsets" : `the offsets ${shown(offsets)}`;
    throw new PavlovError(`${where} has ${found}; they must be two positions.`);
  }
  const [begin = 0, end = 0] = offsets;
  const expected = Math.ceil((elementCount(shape) * (bitsOfType[dtype] as number)) / 8);
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
