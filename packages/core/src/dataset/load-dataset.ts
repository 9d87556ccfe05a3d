/** Loads datasets: finds the files, reads them as streams and makes rows of them. */
import { PavlovError } from "../error.js";
import { rowBuilder } from "./build-row.js";
import { findFiles } from "./find-files.js";
import { datasetFormat, type DatasetFormat } from "./format.js";
import type { DatasetOptions, RowsOptions, SelectionOptions } from "./options.js";
import { describeKind, rowError, type RowReader } from "./raw-row.js";
import { shuffled } from "./shuffle.js";
import type { Dataset, DatasetRow } from "./types.js";

/** Imported when a file has the format: each brings its parser, which whoever only imports this package does not need. */
const readers: Readonly<Record<DatasetFormat, () => Promise<RowReader>>> = {
  jsonl: async () => (await import("./read-jsonl.js")).readJSONLines,
  json: async () => (await import("./read-json.js")).readJSONArray,
  csv: async () => (await import("./read-csv.js")).readCSV,
  parquet: async () => (await import("./read-parquet.js")).readParquet,
};

/**
 * Reads a dataset from files.
 *
 * @param options where it lies and how its columns become prompts
 * @param base the folder that relative paths are resolved against; default the working directory
 * @throws PavlovError at the file, line and column of the first row that cannot be read, when a column that the
 *   prompt needs is missing, or when there are no rows.
 */
export async function loadDataset(options: DatasetOptions, base: string = process.cwd()): Promise<Dataset> {
  checkSelection(options);
  const build = rowBuilder(options);
  const paths = typeof options.path === "string" ? [options.path] : options.path;
  const files = await findFiles(paths, base);
  const name = options.name ?? (files.length === 1 ? (files[0]?.name ?? "") : paths.join(", "));
  const formats = new Set(files.map((file) => options.format ?? datasetFormat(file.path)));
  const [format] = formats;
  if (format === undefined || formats.size > 1) {
    throw new PavlovError(`Dataset ${name} mixes files of different formats (${[...formats].join(", ")}); use one`);
  }

  const read = await readers[format]();
  const wanted = isShuffled(options) ? Infinity : (options.limit ?? Infinity);
  const columnNames = new Set<string>();
  const rows: DatasetRow[] = [];
  reading: for (const file of files) {
    for await (const batch of read(file)) {
      for (const raw of batch) {
        rows.push(build(raw, file.name));
        for (const column of Object.keys(raw.values)) columnNames.add(column);
        if (rows.length >= wanted) break reading;
      }
    }
  }
  if (rows.length === 0) throw new PavlovError(`Dataset ${name} has no rows`);
  return { name, format, columnNames: [...columnNames], rows: select(rows, options) };
}

/**
 * A dataset of rows that are in memory. A row's line is its number, from 1.
 *
 * @throws PavlovError as {@link loadDataset} does.
 */
export function datasetFromRows(rows: Iterable<object>, options: RowsOptions = {}): Dataset {
  checkSelection(options);
  const name = options.name ?? "rows";
  const build = rowBuilder(options);
  const columnNames = new Set<string>();
  const built = Array.from(rows, (values, index) => {
    const line = index + 1;
    if (typeof values !== "object" || values === null || Array.isArray(values)) {
      throw rowError({ file: name, line }, `a row must be an object, not ${describeKind(values)}`);
    }
    for (const column of Object.keys(values)) columnNames.add(column);
    return build({ values: values as Record<string, unknown>, line }, name);
  });
  if (built.length === 0) throw new PavlovError(`Dataset ${name} has no rows`);
  return { name, columnNames: [...columnNames], rows: select(built, options) };
}

function isShuffled({ shuffle }: SelectionOptions): boolean {
  return shuffle !== undefined && shuffle !== false;
}

function checkSelection({ limit, shuffle }: SelectionOptions): void {
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0)) {
    throw new PavlovError(`The dataset's limit must be a whole number from 1, not ${limit}`);
  }
  if (typeof shuffle === "number" && !Number.isInteger(shuffle)) {
    throw new PavlovError(`The dataset's shuffle must be true, false or a whole number (the seed), not ${shuffle}`);
  }
}

function select(rows: readonly DatasetRow[], options: SelectionOptions): readonly DatasetRow[] {
  const ordered = isShuffled(options) ? shuffled(rows, options.shuffle === true ? 0 : Number(options.shuffle)) : rows;
  return options.limit === undefined ? ordered : ordered.slice(0, options.limit);
}
