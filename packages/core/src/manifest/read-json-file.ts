/** Reads a JSON object that somebody else wrote: of limited size, and without keys that would reach a prototype. */
import { open } from "node:fs/promises";
import { errorMessage, PavlovError } from "../error.js";

export interface JsonFileOptions {
  /** What messages call the file. */
  readonly name: string;
  /** The most bytes that are read. */
  readonly limit: number;
  /** Let keys such as `constructor` be: for values that are read key by key and merged into nothing. */
  readonly anyKeys?: boolean;
}

const reserved = ["__proto__", "constructor", "prototype"];
const deepest = 100;

/**
 * The object that a file holds.
 *
 * @throws PavlovError where it is not there, too large, no JSON, no object, nested beyond sense, or has a key such as
 *   `__proto__`, which may change what every object is once the parsed value is merged into another.
 */
export async function readJsonFile(
  path: string,
  { name, limit, anyKeys = false }: JsonFileOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const text = await readText(path, name, limit);
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new PavlovError(`${name} is not JSON: ${errorMessage(cause)}`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PavlovError(`${name} must hold an object`);
  }
  if (!anyKeys) checkKeys(value, name, 0);
  return value as Readonly<Record<string, unknown>>;
}

async function readText(path: string, name: string, limit: number): Promise<string> {
  let file;
  try {
    file = await open(path, "r");
    // The size is that of the file that is open, whatever stands under its name a moment later.
    const { size } = await file.stat();
    if (size > limit) {
      throw new PavlovError(
        `${name} has ${size.toLocaleString("en")} bytes, and at most ${limit.toLocaleString("en")} are read`,
      );
    }
    return await file.readFile("utf8");
  } catch (cause) {
    if (PavlovError.isInstance(cause)) throw cause;
    const { code } = cause as { code?: unknown };
    throw new PavlovError(
      code === "ENOENT" ? `${name} is not there` : `${name} cannot be read: ${errorMessage(cause)}`,
      { cause },
    );
  } finally {
    await file?.close();
  }
}

function checkKeys(value: object, name: string, depth: number): void {
  if (depth > deepest) throw new PavlovError(`${name} is nested more than ${deepest} deep`);
  for (const [key, inner] of Object.entries(value)) {
    if (reserved.includes(key)) throw new PavlovError(`${name} has the key "${key}", which is refused`);
    if (typeof inner === "object" && inner !== null) checkKeys(inner, name, depth + 1);
  }
}
