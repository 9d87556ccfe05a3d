/** Parquet through hyparquet, which is loaded when the first Parquet file is read. */
import * as zlib from "node:zlib";
import { PavlovError } from "../error.js";
import type { RawRow, SourceFile } from "./raw-row.js";

const batchRows = 1_000;

/**
 * Rows of a Parquet file, by at most 1,000. Whole numbers of 64 bits become numbers where that is exact and text
 * otherwise; times become ISO 8601 text.
 *
 * @throws PavlovError when the file is no Parquet file or uses a compression that this Node lacks.
 */
export async function* readParquet(file: SourceFile): AsyncGenerator<readonly RawRow[], void, void> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import("hyparquet");
  try {
    const buffer = await asyncBufferFromFile(file.path);
    const metadata = await parquetMetadataAsync(buffer);
    let groupStart = 0;
    for (const group of metadata.row_groups) {
      const groupEnd = groupStart + Number(group.num_rows);
      for (let rowStart = groupStart; rowStart < groupEnd; rowStart += batchRows) {
        const rowEnd = Math.min(rowStart + batchRows, groupEnd);
        const rows = await parquetReadObjects({ file: buffer, metadata, rowStart, rowEnd, compressors });
        yield rows.map((row, at) => ({ values: toPlain(row) as Record<string, unknown>, line: rowStart + at + 1 }));
      }
      groupStart = groupEnd;
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PavlovError(`Cannot read ${file.name} as Parquet: ${reason}`, { cause: error });
  }
}

const compressors = {
  GZIP: (input: Uint8Array) => zlib.gunzipSync(input),
  BROTLI: (input: Uint8Array) => zlib.brotliDecompressSync(input),
  ZSTD: (input: Uint8Array) => {
    const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (input: Uint8Array) => Uint8Array };
    if (zstdDecompressSync === undefined)
      throw new Error("it is compressed with zstd, which needs Node 22.15 or newer");
    return zstdDecompressSync(input);
  },
};

function toPlain(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, toPlain(entry)]));
}
