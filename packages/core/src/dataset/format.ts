/** The file formats that a dataset may have, told by the file's extension as in Hugging Face `datasets`. */
import { PavlovError } from "../error.js";

/** How a dataset's rows are stored. */
export type DatasetFormat = "jsonl" | "json" | "csv" | "parquet";

const formatByExtension: Readonly<Record<string, DatasetFormat>> = {
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".json": "json",
  ".csv": "csv",
  ".tsv": "csv",
  ".parquet": "parquet",
};

/**
 * The format that a file's extension stands for.
 *
 * @throws PavlovError when the extension says nothing.
 */
export function datasetFormat(file: string): DatasetFormat {
  const extension = /\.[^.\\/]+$/.exec(file)?.[0].toLowerCase() ?? "";
  const format = formatByExtension[extension];
  if (format === undefined) {
    throw new PavlovError(
      `Cannot tell the format of ${file} by its ${extension === "" ? "missing extension" : `extension "${extension}"`}; ` +
        `name it ${Object.keys(formatByExtension).join(", ")} or say "format: jsonl" (or json, csv, parquet)`,
    );
  }
  return format;
}
