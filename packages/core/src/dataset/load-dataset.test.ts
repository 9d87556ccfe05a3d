import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PavlovError } from "../error.js";
import { datasetFromRows, loadDataset } from "./load-dataset.js";
import type { DatasetOptions } from "./options.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-dataset-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function load(name: string, content: string | Uint8Array, options: Partial<DatasetOptions> = {}) {
  await writeFile(join(folder, name), content);
  return loadDataset({ path: name, ...options }, folder);
}

/** The message without the temporary folder. */
async function failure(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(PavlovError.isInstance(error)).toBe(true);
  return (error as PavlovError).message.replaceAll(`${folder}/`, "").replaceAll(folder, "FOLDER");
}

describe("JSONL", () => {
  test("each line is a row that knows its line", async () => {
    const { rows, columnNames, format } = await load("two.jsonl", '{"prompt":"a","n":1}\n{"prompt":"b","m":2}\n');
    expect(format).toBe("jsonl");
    expect(columnNames).toEqual(["prompt", "n", "m"]);
    expect(rows.map(({ prompt, columns }) => [prompt, columns])).toEqual([
      ["a", { prompt: "a", n: 1 }],
      ["b", { prompt: "b", m: 2 }],
    ]);
    expect(rows[1]?.location).toEqual({ file: join(folder, "two.jsonl"), line: 2 });
  });

  test("a byte order mark, carriage returns, blank lines and a missing last newline are read over", async () => {
    const { rows } = await load("marks.jsonl", '\uFEFF{"prompt":"a"}\r\n\r\n   \n{"prompt":"b"}');
    expect(rows.map(({ prompt, location }) => [prompt, location.line])).toEqual([
      ["a", 1],
      ["b", 4],
    ]);
    expect(rows[0]?.columns).toEqual({ prompt: "a" });
  });

  test("characters that lie across the reader's chunks stay whole", async () => {
    const prompt = "ü€😀".repeat(30_000);
    const { rows } = await load("long.jsonl", `${JSON.stringify({ prompt })}\n{"prompt":"end"}\n`);
    expect(rows[0]?.prompt).toBe(prompt);
    expect(rows[1]?.location.line).toBe(2);
  });

  test("a malformed row is named by file, line and column", async () => {
    const error = await load("bad.jsonl", '{"prompt":"a"}\n\n{"prompt": b}\n').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ location: { file: join(folder, "bad.jsonl"), line: 3, column: 12 } });
    expect((error as Error).message).toBe(
      `${join(folder, "bad.jsonl")}:3:12: not valid JSON: this is not a JSON value at "b"`,
    );
  });

  test("a row that is no object is an error", async () => {
    expect(await failure(load("list.jsonl", '[{"prompt":"a"}]\n'))).toBe(
      'list.jsonl:1:1: a row must be an object such as {"prompt": "…"}, not a list; ' +
        'for a file that is one list of rows say "format: json"',
    );
  });

  test("text that is not UTF-8 is an error at its line", async () => {
    const bytes = Buffer.concat([Buffer.from('{"prompt":"a"}\n{"prompt":"'), Buffer.from([0xe9]), Buffer.from('"}\n')]);
    expect(await failure(load("latin.jsonl", bytes))).toBe(
      "latin.jsonl:2: this is not UTF-8 text; save the file as UTF-8",
    );
  });

  test("other work runs while a file of 4 MB loads", async () => {
    const line = JSON.stringify({ question: "How many? ".repeat(40), answer: "12 ".repeat(50) });
    await writeFile(join(folder, "large.jsonl"), `${line}\n`.repeat(Math.ceil(4e6 / line.length)));
    let turns = 0;
    let loading = true;
    const count = () => {
      turns++;
      if (loading) setImmediate(count);
    };
    setImmediate(count);
    await loadDataset({ path: "large.jsonl", prompt: "question" }, folder);
    loading = false;
    // One chunk of the file is 64 KiB: some 60 chances.
    expect(turns).toBeGreaterThan(40);
  });
});

describe("JSON", () => {
  test("each element of the list is a row that knows its line", async () => {
    const text = '\uFEFF [\n  {"prompt": "a, [b] {c} \\" ]"},\n  {\n    "prompt": "d", "x": {"y": [1, 2]}\n  }\n]\n';
    const { rows, format } = await load("list.json", text);
    expect(format).toBe("json");
    expect(rows.map(({ prompt, location }) => [prompt, location.line])).toEqual([
      ['a, [b] {c} " ]', 2],
      ["d", 3],
    ]);
    expect(rows[1]?.columns["x"]).toEqual({ y: [1, 2] });
  });

  test("elements that lie across the reader's chunks stay whole", async () => {
    const rows = Array.from({ length: 3_000 }, (_, index) => ({ prompt: `${index} "]}`, n: index }));
    const loaded = await load("many.json", JSON.stringify(rows, null, 1));
    expect(loaded.rows.map(({ columns }) => columns)).toEqual(rows);
    expect(loaded.rows[2_999]?.location.line).toBe(2 + 2_999 * 4);
  });

  test.each([
    ['[{"prompt": "a"},\n {"prompt": b}]', 'wrong.json:2:13: not valid JSON: this is not a JSON value at "b"'],
    ['[{"prompt": "a"}\n {"prompt": "b"}]', 'wrong.json:2:2: not valid JSON: expected "," or "]" after a row'],
    ['[{"prompt": "a"},\n]', 'wrong.json:2:1: not valid JSON: expected a row at "]"'],
    ['[{"prompt": "a"}', 'wrong.json:1:17: not valid JSON: expected "]", but the text ends'],
    ['[{"prompt": "a"', 'wrong.json:1:16: not valid JSON: expected "}", but the text ends'],
    ['[{"prompt": "a"}] x', 'wrong.json:1:19: not valid JSON: expected the end of the file at "x"'],
    [
      '{"prompt": "a"}',
      'wrong.json:1:1: a .json dataset is one list of rows; for one object to a line say "format: jsonl"',
    ],
    ["[}]", 'wrong.json:1:2: not valid JSON: expected a value at "}"'],
    ['[{"prompt": "a"}}, 3]', 'wrong.json:1:17: not valid JSON: expected "," or "]" after a row'],
    ["[3]", 'wrong.json:1:2: a row must be an object such as {"prompt": "…"}, not a number'],
    ["", "wrong.json:1:1: not valid JSON: the file is empty; expected a list of rows, but the text ends"],
  ])("%j is an error at its place", async (text, message) => {
    expect(await failure(load("wrong.json", text))).toBe(message);
  });
});

describe("CSV", () => {
  test("values are text, quotes may hold delimiters and newlines, and each row knows its line", async () => {
    const text = '\uFEFFprompt,n\r\n"a, ""b""\r\nc",1\r\n\r\n"d\r\n\r\ne",2\r\nf,\r\n';
    const { rows, columnNames } = await load("rows.csv", text);
    expect(columnNames).toEqual(["prompt", "n"]);
    expect(rows.map(({ prompt, columns, location }) => [prompt, columns["n"], location.line])).toEqual([
      ['a, "b"\r\nc', "1", 2],
      ["d\r\n\r\ne", "2", 5],
      ["f", "", 8],
    ]);
  });

  test("a .tsv file is split at tabs", async () => {
    const { rows } = await load("rows.tsv", "prompt\tn\na, b\t1\n");
    expect(rows[0]?.columns).toEqual({ prompt: "a, b", n: "1" });
  });

  test("a limit reads no further, and text that is not UTF-8 is an error at its line", async () => {
    const bytes = Buffer.concat([Buffer.from(`prompt\n${"a\n".repeat(100_000)}`), Buffer.from([0xe9, 10])]);
    expect((await load("latin.csv", bytes, { limit: 2 })).rows).toHaveLength(2);
    expect(await failure(load("latin.csv", bytes))).toBe(
      "latin.csv:100002: this is not UTF-8 text; save the file as UTF-8",
    );
  });

  test("values longer than csv-parse's own limit are read", async () => {
    const prompt = "x".repeat(300_000);
    expect((await load("wide.csv", `prompt\n${prompt}\n`)).rows[0]?.prompt).toBe(prompt);
  });

  test.each([
    [
      'prompt,n\n"a\nb",1\nc,2,3\n',
      "wrong.csv:4: the row has 3 values but the header has 2 columns (prompt, n); " +
        "put values that contain the delimiter in double quotes",
    ],
    ["prompt,prompt\na,b\n", 'wrong.csv:1: the header names the column "prompt" twice'],
    [
      'prompt,n\na,1\n"b"c,2\n',
      "wrong.csv:3: a double quote stands inside a value; quote the whole value and write the inner quote twice",
    ],
    ['prompt,n\n"a,1\n', "wrong.csv:2: the file ends inside a quoted value; close its double quote"],
    ["prompt,n\n", "Dataset wrong.csv has no rows"],
  ])("%j is an error at its line", async (text, message) => {
    expect(await failure(load("wrong.csv", text))).toBe(message);
  });
});

describe("files", () => {
  test("a glob reads its files in the order of their names", async () => {
    await mkdir(join(folder, "parts"), { recursive: true });
    await writeFile(join(folder, "parts/b.jsonl"), '{"prompt":"b"}');
    await writeFile(join(folder, "parts/a.jsonl"), '{"prompt":"a"}');
    const dataset = await loadDataset({ path: ["parts/*.jsonl", "parts/a.jsonl"] }, folder);
    expect(dataset.rows.map(({ prompt }) => prompt)).toEqual(["a", "b"]);
    expect(dataset.rows[1]?.location.file).toBe(join(folder, "parts/b.jsonl"));
    expect(dataset.name).toBe("parts/*.jsonl, parts/a.jsonl");
  });

  test("a file whose name has glob characters is read", async () => {
    expect((await load("[a].jsonl", '{"prompt":"a"}')).rows).toHaveLength(1);
  });

  test("`format` reads files whatever their extension", async () => {
    expect((await load("rows.txt", '{"prompt":"a"}', { format: "jsonl" })).rows).toHaveLength(1);
  });

  test("what cannot be found or told is an error that says what to do", async () => {
    await writeFile(join(folder, "other.csv"), "prompt\na\n");
    await writeFile(join(folder, "other.jsonl"), '{"prompt":"a"}');
    expect(await failure(loadDataset({ path: "none.jsonl" }, folder))).toBe(
      "Dataset none.jsonl does not exist (looked for none.jsonl)",
    );
    expect(await failure(loadDataset({ path: "none-*.jsonl" }, folder))).toBe(
      "No file matches the dataset's path none-*.jsonl (looked in FOLDER)",
    );
    expect(await failure(loadDataset({ path: "." }, folder))).toBe(
      "Dataset . is a folder; name its files, for example ./*.jsonl",
    );
    expect(await failure(loadDataset({ path: "other.*" }, folder))).toBe(
      "Dataset other.* mixes files of different formats (csv, jsonl); use one",
    );
    expect(await failure(load("rows.xml", "<a/>"))).toContain("Cannot tell the format of rows.xml by its extension");
    expect(await failure(load("empty.jsonl", "\n\n"))).toBe("Dataset empty.jsonl has no rows");
  });
});

describe("selection", () => {
  const text = Array.from({ length: 100 }, (_, n) => JSON.stringify({ prompt: `p${n}` })).join("\n");

  test("a limit keeps the first rows and reads no further", async () => {
    const { rows } = await load("limited.jsonl", `${text}\n${" ".repeat(200_000)}not JSON`, { limit: 3 });
    expect(rows.map(({ prompt }) => prompt)).toEqual(["p0", "p1", "p2"]);
  });

  test("the same seed gives the same order, another seed another, and a limit takes from the whole", async () => {
    const order = async (shuffle: boolean | number, limit?: number) =>
      (await load("shuffled.jsonl", text, { shuffle, limit })).rows.map(({ prompt }) => prompt);
    const [first, again, other] = [await order(1), await order(1), await order(2)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    const asInFile = await order(false);
    expect(first).not.toEqual(asInFile);
    expect(first).toHaveLength(asInFile.length);
    expect(new Set(first)).toEqual(new Set(asInFile));
    expect(await order(1, 5)).toEqual(first.slice(0, 5));
    expect(await order(true)).toEqual(await order(0));
  });

  test("a limit or seed that is no whole number is an error", () => {
    expect(() => datasetFromRows([{ prompt: "a" }], { limit: 0 })).toThrow("must be a whole number from 1, not 0");
    expect(() => datasetFromRows([{ prompt: "a" }], { shuffle: 0.5 })).toThrow("not 0.5");
  });
});

describe("rows in memory", () => {
  test("become a dataset that calls a row's number its line", () => {
    const dataset = datasetFromRows([{ q: "a" }, { q: "b" }], { prompt: "q", name: "mine" });
    expect(dataset.name).toBe("mine");
    expect(dataset.rows[1]).toEqual({ prompt: "b", columns: { q: "b" }, location: { file: "mine", line: 2 } });
  });

  test("must exist and be objects", () => {
    expect(() => datasetFromRows([])).toThrow("Dataset rows has no rows");
    expect(() => datasetFromRows([["a"]])).toThrow("rows:1: a row must be an object, not a list");
  });
});
