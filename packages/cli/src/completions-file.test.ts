import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readCompletions, samplesOf } from "./completions-file.js";

const folder = mkdtempSync(join(tmpdir(), "pavlov-completions-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const dataset = { path: "unused" };

test("rows of one prompt are a group; the whole row is there for the rewards", async () => {
  const rows = [
    { prompt: "1+1=", completion: "2", answer: "2" },
    { prompt: "1+2=", completion: "", answer: "3" },
    { prompt: "1+1=", completion: "3", answer: "2" },
  ];
  const path = file("prompts.jsonl", rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const samples = samplesOf(await readCompletions(path, dataset));
  expect(samples.map(({ groupId }) => groupId)).toEqual(["0", "1", "0"]);
  expect(samples[1]).toMatchObject({ completion: "", prompt: "1+2=", row: { answer: "3" } });
});

test("prompts may be missing: then every row is a group of its own", async () => {
  const path = file("bare.jsonl", '{"completion":"a"}\n{"completion":"a"}\n');
  const samples = samplesOf(await readCompletions(path, dataset));
  expect(samples.map(({ groupId }) => groupId)).toEqual(["0", "1"]);
  for (const name of ["prompt", "messages", "finishReason"]) expect(samples[0]).not.toHaveProperty(name);
});

test("completions of a run's folder hold the dataset's columns in `columns`", async () => {
  const path = file(
    "step-000010.jsonl",
    '{"prompt":"1+1=","completion":"2","total":1,"columns":{"answer":"2","total":9}}\n',
  );
  const samples = samplesOf(await readCompletions(path, dataset));
  expect(samples[0]?.row).toMatchObject({ answer: "2", total: 1 });
});

test.each([
  ["bad.jsonl", '{"completion":"a"}\n{"completion":\n', /bad\.jsonl:2: not valid JSON/],
  ["list.jsonl", "[1]\n", /list\.jsonl:1: a row must be an object/],
  ["number.jsonl", '{"completion":3}\n', /number\.jsonl:1: a row needs a "completion" that is text; this one has 3/],
  ["none.jsonl", '{"text":"a"}\n', /none\.jsonl:1: .* this one has none/],
  ["empty.jsonl", "\n", /empty\.jsonl has no completions/],
])("%s is refused, with its line", async (name, text, message) => {
  await expect(readCompletions(file(name, text), dataset)).rejects.toThrow(message);
});

test("a missing file is named", async () => {
  await expect(readCompletions(join(folder, "nowhere.jsonl"), dataset)).rejects.toThrow(
    /nowhere\.jsonl: there is no such file/,
  );
});
