import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { compose } from "../compose/compose.js";
import { use } from "../compose/use.js";
import { defineReward } from "../define-reward.js";
import { PavlovError } from "../error.js";
import type { Reward } from "../reward.js";
import { checkDataset, checkRows, type MissingColumn } from "./check-columns.js";
import { datasetFromRows, loadDataset } from "./load-dataset.js";

const reads = (name: string, columns: z.ZodObject): Reward =>
  defineReward({ name, description: "For tests.", columns, range: [0, 1], score: () => 1 });
const math = reads("math", z.object({ answer: z.string() }));

const rowsNamed = (name: string, rows: object[]) => datasetFromRows(rows, { name, prompt: "question" });

async function failure(promise: Promise<unknown>): Promise<PavlovError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(PavlovError.isInstance(error)).toBe(true);
  return error as PavlovError;
}

describe("a missing column", () => {
  const dataset = rowsNamed("data/train.jsonl", [{ question: "1 + 1?", solution: "2" }]);

  test("is named with what the dataset has and how to map it", async () => {
    const error = await failure(checkDataset(dataset, compose({ correct: use(math) })));
    expect(error.message).toBe(
      'reward "correct" (math) needs column "answer" (string); data/train.jsonl has: question, solution. ' +
        "Map it: columns: { answer: solution }",
    );
  });

  test("is not said to be the completion, the prompt or the messages", async () => {
    const completions = rowsNamed("c.jsonl", [
      { question: "?", completion: "2", messages: "", prompt: "?", tests: "[]" },
    ]);
    const { message } = await failure(
      checkDataset(completions, compose({ code: use(reads("code", z.object({ unit: z.unknown() }))) })),
    );
    expect(message).toContain("Map it: columns: { unit: tests }");
    const alone = rowsNamed("c.jsonl", [{ question: "?", completion: "2" }]);
    const nothing = await failure(checkDataset(alone, compose({ correct: use(math) })));
    expect(nothing.message).not.toContain("Map it");
  });

  test("is no error once it is mapped", async () => {
    const composite = compose({ correct: use(math, { columns: { answer: "solution" } }) });
    expect(await checkDataset(dataset, composite)).toBe(dataset);
  });

  test("is an error where the mapping names one that is not there, even of an optional column", async () => {
    const graded = reads("graded", z.object({ level: z.number().optional() }));
    const composite = compose({
      correct: use(math, { columns: { answer: "soluton" } }),
      graded: use(graded, { columns: { level: "difficulty" } }),
    });
    expect((await failure(checkDataset(dataset, composite))).message.split("\n")).toEqual([
      'reward "correct" (math) needs column "answer" (string), mapped to "soluton"; data/train.jsonl has: ' +
        "question, solution. Map it: columns: { answer: solution }",
      'reward "graded" needs column "level" (number), mapped to "difficulty"; data/train.jsonl has: ' +
        "question, solution. Map it: columns: { level: solution }",
    ]);
    expect(await checkDataset(dataset, graded)).toBe(dataset);
  });

  test("is one that an open reward is mapped to as well", async () => {
    const open = reads("open", z.looseObject({}));
    const error = await failure(
      checkDataset(dataset, compose({ open: use(open, { columns: { hint: "hints", gold: "solution" } }) })),
    );
    expect(error.message).toBe(
      'reward "open" needs column "hint" (any value), mapped to "hints"; data/train.jsonl has: question, solution. ' +
        "Map it: columns: { hint: solution }",
    );
  });

  test("is found in a reward that is no composite, and in composites within composites", async () => {
    expect((await failure(checkDataset(dataset, math))).message).toMatch(/^reward "math" needs column "answer"/);
    const inner = compose({ exact: use(math, { columns: { answer: "gold" } }) });
    const outer = compose({ both: use(inner as Reward, { columns: { gold: "truth" } }) });
    expect((await failure(checkDataset(dataset, outer))).message).toMatch(
      /^reward "both\.exact" \(math\) needs column "answer" \(string\), mapped to "truth"; /,
    );
    const place = (message: string, { names, column }: MissingColumn) => `${names.join("/")}, ${column}: ${message}`;
    expect((await failure(checkDataset(dataset, outer, { place }))).message).toMatch(
      /^both\/exact, answer: reward "both/,
    );
    const mapped = compose({ both: use(inner as Reward, { columns: { gold: "solution" } }) });
    expect(await checkDataset(dataset, mapped)).toBe(dataset);
  });
});

describe("rows", () => {
  test("that do not fit are named by file, line and column: the first few and their number", async () => {
    const rows = Array.from({ length: 8 }, (_, n) => ({ question: "q", solution: n < 2 ? "ok" : n, tag: "x" }));
    const composite = compose({ correct: use(math, { columns: { answer: "solution" } }) });
    const error = await failure(checkDataset(rowsNamed("t.jsonl", rows), composite));
    expect(error.message.split("\n")).toEqual([
      '6 rows of t.jsonl do not fit reward "correct" (math):',
      '  t.jsonl:3: column "solution" (read as "answer") must be string, got 2',
      '  t.jsonl:4: column "solution" (read as "answer") must be string, got 3',
      '  t.jsonl:5: column "solution" (read as "answer") must be string, got 4',
      "  and 3 more",
    ]);
    expect(error.location).toEqual({ file: "t.jsonl", line: 3 });
  });

  test("are checked for every mistake in them, for every reward", async () => {
    const pair = reads("pair", z.object({ a: z.number(), b: z.object({ c: z.array(z.string()) }) }));
    const rows = [
      { question: "q", a: 1, b: { c: ["x"] }, answer: "y" },
      { question: "q", a: "1", b: { c: ["x", 2] } },
    ];
    const error = await failure(checkDataset(rowsNamed("t.jsonl", rows), compose({ pair, math })));
    expect(error.message.split("\n")).toEqual([
      '1 row of t.jsonl does not fit reward "pair":',
      '  t.jsonl:2: column "a" must be number, got "1"',
      '  t.jsonl:2: column "b" at c[1] must be string, got 2',
      '1 row of t.jsonl does not fit reward "math":',
      '  t.jsonl:2: column "answer" is missing',
    ]);
  });

  test("are held to refinements and transforms that JSON Schema cannot say, asynchronous ones too", async () => {
    const even = (value: number) => value % 2 === 0;
    const columns = z.object({ n: z.number().refine(even, "must be even") });
    const later = z.object({ n: z.number().refine(async (value) => even(value), "has to be even") });
    const dataset = rowsNamed("t.jsonl", [
      { question: "q", n: 2 },
      { question: "q", n: 3 },
    ]);
    expect((await failure(checkDataset(dataset, reads("even", columns)))).message).toBe(
      '1 row of t.jsonl does not fit reward "even":\n  t.jsonl:2: column "n" must be even',
    );
    expect((await failure(checkDataset(dataset, reads("even", later)))).message).toContain(
      't.jsonl:2: column "n": has to be even',
    );
  });

  test("let other work run while thousands are checked", async () => {
    const slow = reads("slow", z.object({ n: z.number().refine(() => performance.now() > 0 && spin()) }));
    const dataset = rowsNamed(
      "t.jsonl",
      Array.from({ length: 200 }, (_, n) => ({ question: "q", n })),
    );
    let turns = 0;
    let checking = true;
    const count = () => {
      turns++;
      if (checking) setImmediate(count);
    };
    setImmediate(count);
    await checkDataset(dataset, slow);
    checking = false;
    expect(turns).toBeGreaterThan(5);
  });
});

function without(columns: object, name: string): object {
  return Object.fromEntries(Object.entries(columns).filter(([key]) => key !== name));
}

/** A millisecond of work. */
function spin(): boolean {
  const until = performance.now() + 1;
  while (performance.now() < until);
  return true;
}

test("rows are checked against a schema of rows in the same way", async () => {
  const dataset = rowsNamed("t.jsonl", [{ question: "q", n: "1" }]);
  expect(await checkRows(dataset, z.object({ n: z.string() }))).toBe(dataset);
  expect((await failure(checkRows(dataset, z.object({ n: z.number() })))).message).toContain(
    '1 row of t.jsonl does not fit the row schema:\n  t.jsonl:1: column "n" must be number',
  );
  expect((await failure(checkRows(dataset, z.object({ m: z.number() })))).message).toContain(
    'the row schema needs column "m" (number); t.jsonl has: question, n',
  );
});

describe("CSV", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pavlov-check-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function load(text: string) {
    await writeFile(join(folder, "t.csv"), text);
    return loadDataset({ path: "t.csv", prompt: "question" }, folder);
  }
  const values = async (text: string, reward: Reward) =>
    (await checkDataset(await load(text), reward)).rows.map(({ columns }) => without(columns, "question"));

  test("text becomes the number or boolean that a reward declares, and only where one does", async () => {
    const reward = reads("typed", z.object({ n: z.number(), k: z.int(), yes: z.boolean(), text: z.string() }));
    expect(await values("question,n,k,yes,text,other\nq,1.5e2,-3,True,7,8\nq, .5 ,+4,0,,9\n", reward)).toEqual([
      { n: 150, k: -3, yes: true, text: "7", other: "8" },
      { n: 0.5, k: 4, yes: false, text: "", other: "9" },
    ]);
  });

  test("under the column's own name where the reward's is mapped", async () => {
    const composite = compose({
      near: use(reads("near", z.object({ target: z.number() })), { columns: { target: "n" } }),
    });
    expect(await values("question,n\nq,1\n", composite)).toEqual([{ n: 1 }]);
  });

  test("an empty cell is null where that is allowed, and absent where the column is optional", async () => {
    const reward = reads("typed", z.object({ a: z.number().nullable(), b: z.number().optional() }));
    expect(await values("question,a,b\nq,,\n", reward)).toEqual([{ a: null }]);
  });

  test("text that is no such number is an error at its line", async () => {
    const reward = reads("typed", z.object({ n: z.number() }));
    const error = await failure(values("question,n\nq,1\nq,0x10\nq,\n", reward));
    expect(error.message.replaceAll(`${folder}/`, "").split("\n")).toEqual([
      '2 rows of t.csv do not fit reward "typed":',
      '  t.csv:3: column "n" must be number, got "0x10"',
      '  t.csv:4: column "n" must be number, got ""',
    ]);
  });

  test("a column that two rewards read as different types is an error", async () => {
    const composite = compose({
      a: reads("one", z.object({ n: z.number() })),
      b: reads("two", z.object({ n: z.string() })),
    });
    expect((await failure(values("question,n\nq,1\n", composite))).message).toContain(
      'is read as a number by reward "a" (one) and as text by reward "b" (two); CSV text can be only one of them',
    );
  });

  test("numbers in JSONL are not made of text", async () => {
    const reward = reads("typed", z.object({ n: z.number() }));
    await failure(checkDataset(rowsNamed("t.jsonl", [{ question: "q", n: "1" }]), reward));
  });
});
