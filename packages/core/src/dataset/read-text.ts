/** Reads a UTF-8 file as text, chunk by chunk; a byte order mark is dropped, invalid bytes are an error with a line. */
import { createReadStream } from "node:fs";
import { PavlovError } from "../error.js";
import { rowError, type SourceFile } from "./raw-row.js";

const newline = 10;

/**
 * The file's text in chunks of at most 64 KiB.
 *
 * @throws PavlovError when the file cannot be read or is not UTF-8.
 */
export async function* readText(file: SourceFile): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let lines = 0;
  try {
    for await (const bytes of createReadStream(file.path) as AsyncIterable<Buffer>) {
      yield decode(bytes, true);
      lines += countNewlines(bytes);
    }
    yield decode(new Uint8Array(), false);
  } catch (error) {
    if (PavlovError.isInstance(error)) throw error;
    throw new PavlovError(`Cannot read ${file.name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }

  function decode(bytes: Uint8Array, stream: boolean): string {
    try {
      return decoder.decode(bytes, { stream });
    } catch (cause) {
      const readable = new TextDecoder("utf-8").decode(bytes);
      const end = readable.indexOf("\uFFFD");
      const line = lines + 1 + (readable.slice(0, Math.max(end, 0)).match(/\n/g)?.length ?? 0);
      throw rowError({ file: file.name, line }, "this is not UTF-8 text; save the file as UTF-8", cause);
    }
  }
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) count++;
  return count;
}
