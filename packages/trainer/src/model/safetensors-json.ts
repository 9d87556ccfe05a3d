// The JSON of a safetensors header, read with care: its size is counted before anything is built from it, and names
// that occur twice, which JSON.parse would drop in silence, are refused, as the format's description asks.
import { PavlovError } from "@pavlov/core";
import { shown } from "./json-file.js";

/** Largest header that is read, in bytes: the limit of the format's own implementation. */
export const maxHeaderBytes = 100_000_000;

/** Most tensors that one file may hold; the largest published models have some 100,000 in all their files together. */
const maxTensors = 200_000;

/** Most values in a header: a tensor's entry has some ten. It keeps memory near the size of the header itself. */
const maxValues = maxTensors * 16;

/**
 * Parses a header of at most {@link maxHeaderBytes}. Throws a PavlovError that names the limit where it holds more
 * than 200,000 tensors, and where it is no JSON object in UTF-8 or names a tensor twice.
 */
export function parseHeaderJson(header: Uint8Array, path: string): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
  } catch (cause) {
    throw new PavlovError(`${path}: the header is not UTF-8. Is it a safetensors file?`, { cause });
  }
  const names = scan(text, path);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new PavlovError(`${path}: the header is not JSON. Is it a safetensors file?`, { cause });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new PavlovError(`${path}: the header is not a JSON object. Is it a safetensors file?`);
  }
  refuseRepeated(names, path);
  return json as Readonly<Record<string, unknown>>;
}

/** Walks over the text once. Returns the quoted names of the outermost object, in their order. */
function scan(text: string, path: string): string[] {
  const names: string[] = [];
  let depth = 0;
  let values = 0;
  let atName = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '"') {
      const end = endOfText(text, index);
      if (depth === 1 && atName) names.push(text.slice(index, end));
      if (names.length > maxTensors + 1) {
        throw new PavlovError(`${path}: the header lists more than ${maxTensors} tensors, the limit.`);
      }
      atName = false;
      index = end - 1;
    } else if (character === "{" || character === "[" || character === ",") {
      if (character !== ",") depth++;
      atName = depth === 1;
      if (++values > maxValues) {
        throw new PavlovError(`${path}: the header holds more than ${maxValues} values, the limit.`);
      }
    } else if (character === "}" || character === "]") depth--;
  }
  return names;
}

/** The position after the quote that ends the text beginning at `start`. */
function endOfText(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
  return Math.min(index + 1, text.length);
}

function refuseRepeated(quoted: readonly string[], path: string): void {
  const seen = new Set<string>();
  for (const text of quoted) {
    const name = JSON.parse(text) as string;
    if (seen.has(name)) throw new PavlovError(`${path}: the header names the tensor ${shown(name)} twice.`);
    seen.add(name);
  }
}
