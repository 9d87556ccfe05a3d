import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadDataset } from "./load-dataset.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-parquet-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("rows of all row groups are read in order, with numbers and times as JSON has them", async () => {
  const count = 2_500;
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "question", data: Array.from({ length: count }, (_, n) => `ü ${n}`), type: "STRING" },
      { name: "small", data: Array.from({ length: count }, (_, n) => BigInt(n)), type: "INT64" },
      { name: "large", data: Array.from({ length: count }, () => 2n ** 60n), type: "INT64" },
      { name: "time", data: Array.from({ length: count }, () => new Date(0)), type: "TIMESTAMP" },
      { name: "extra", data: Array.from({ length: count }, () => ({ list: [1, "a"] })), type: "JSON" },
    ],
    rowGroupSize: 1_100,
  });
  await writeFile(join(folder, "rows.parquet"), new Uint8Array(buffer));
  const { rows, columnNames, format } = await loadDataset({ path: "rows.parquet", prompt: "question" }, folder);
  expect(format).toBe("parquet");
  expect(columnNames).toEqual(["question", "small", "large", "time", "extra"]);
  expect(rows).toHaveLength(count);
  expect(rows.map(({ columns }) => columns["small"])).toEqual(Array.from({ length: count }, (_, n) => n));
  expect(rows[2_400]).toEqual({
    prompt: "ü 2400",
    columns: {
      question: "ü 2400",
      small: 2400,
      large: "1152921504606846976",
      time: "1970-01-01T00:00:00.000Z",
      extra: { list: [1, "a"] },
    },
    location: { file: join(folder, "rows.parquet"), line: 2401 },
  });
});

test("files compressed with gzip are read", async () => {
  const buffer = parquetWriteBuffer({
    columnData: [{ name: "prompt", data: Array.from({ length: 200 }, () => "the same text"), type: "STRING" }],
    codec: "GZIP",
    compressors: { GZIP: (input) => gzipSync(input) },
  });
  await writeFile(join(folder, "gzip.parquet"), new Uint8Array(buffer));
  const { rows } = await loadDataset({ path: "gzip.parquet" }, folder);
  expect(rows.map(({ prompt }) => prompt)).toEqual(Array.from({ length: 200 }, () => "the same text"));
});

test("a file that is no Parquet file is an error that names it", async () => {
  await writeFile(join(folder, "broken.parquet"), "this is not Parquet at all");
  await expect(loadDataset({ path: "broken.parquet" }, folder)).rejects.toThrow(
    /^Cannot read .*broken\.parquet as Parquet: /,
  );
});
