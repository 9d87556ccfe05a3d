// JSON files of a model's folder, read with errors that name the file.
import { readFile, stat } from "node:fs/promises";
import { PavlovError, errorMessage } from "@pavlov/core";
import type { JsonObject } from "./config.js";

/** Most bytes of a JSON file; the largest tokenizer.json of a published model has some 40 million. */
const maxBytes = 500_000_000;

/**
 * The object that a JSON file contains, null where there is no such file. Throws a PavlovError where it cannot be
 * read, is not JSON or holds something else than an object.
 */
export async function readJsonObject(path: string): Promise<JsonObject | null> {
  const text = await readText(path);
  if (text === null) return null;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    if (text.startsWith("version https://git-lfs")) throw lfsPointer(path);
    throw new PavlovError(`${path} is not valid JSON: ${jsonProblem(cause)}.`, { cause });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new PavlovError(`${path} must contain a JSON object.`);
  }
  return json as JsonObject;
}

/** A text file in UTF-8, null where there is none. Throws a PavlovError where it cannot be read. */
export async function readText(path: string): Promise<string | null> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes) throw new PavlovError(`${path} has ${size} bytes; the limit is ${maxBytes}.`);
    return (await readFile(path, "utf8")).replace(/^\uFEFF/, "");
  } catch (cause) {
    if (PavlovError.isInstance(cause)) throw cause;
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new PavlovError(`${path} cannot be read: ${whyUnreadable(cause)}.`, { cause });
  }
}

/** A value from a file as JSON for use in a sentence, cut where it would fill the screen. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "it is not there",
  EISDIR: "it is a folder",
  EACCES: "permission was denied",
  EPERM: "permission was denied",
  ELOOP: "it is a link that leads to itself",
};

/** Why the system refused to read a file, as the end of a sentence. */
export function whyUnreadable(cause: unknown): string {
  const { code = "" } = cause as NodeJS.ErrnoException;
  return reasons[code] ?? errorMessage(cause);
}

/** The error for the small file that stands for a large one where a repository was cloned without Git LFS. */
export function lfsPointer(path: string): PavlovError {
  return new PavlovError(`${path} is not the file itself, but what Git LFS leaves in its place.`, {
    hint: "Run `git lfs pull` in the model's folder, or download the file.",
  });
}

/** V8's reason in one line, without the piece of the file that it quotes. */
function jsonProblem(cause: unknown): string {
  return errorMessage(cause)
    .replaceAll(/\s+/g, " ")
    .replace(/,? (?:\.\.\.)?".*is not valid JSON$/, "");
}
