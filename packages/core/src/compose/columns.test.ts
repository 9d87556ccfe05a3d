import { expect, test } from "vitest";
import { z } from "zod";
import { defineReward } from "../define-reward.js";
import type { ObjectSchema } from "../reward.js";
import { compileJsonSchema } from "../schema/compile-json-schema.js";
import { columnNames, requiredColumns, toJsonSchema } from "../schema/json-schema.js";
import { formatIssues, validate, validateSync } from "../schema/validate.js";
import { compose } from "./compose.js";
import { use } from "./use.js";

const reading = <Columns extends ObjectSchema>(columns: Columns) =>
  defineReward({ name: "reading", description: "x", columns, range: [0, 1], score: () => 1 });

const answer = reading(z.object({ answer: z.string(), level: z.number().default(1) }));
const rubric = reading(z.object({ rubric: z.string(), answer: z.string().min(2) }));
const composite = compose({
  correct: use(answer, { columns: { answer: "gold" } }),
  judged: use(rubric, { columns: { answer: "gold" } }),
});

test("is the union of the parts' dataset columns after mapping", () => {
  expect(columnNames(composite.columns)).toEqual(["gold", "level", "rubric"]);
  expect(requiredColumns(composite.columns)).toEqual(["gold", "rubric"]);
  expect(toJsonSchema(composite.columns)).toEqual({
    type: "object",
    properties: {
      gold: { allOf: [{ type: "string" }, { type: "string", minLength: 2 }] },
      level: { type: "number", default: 1 },
      rubric: { type: "string" },
    },
    required: ["gold", "rubric"],
  });
});

test("validates a row under dataset names and keeps its raw values", () => {
  expect(validateSync(composite.columns, { gold: "42", rubric: "r", other: 1 })).toEqual({
    ok: true,
    value: { gold: "42", rubric: "r" },
  });
});

test("names the dataset's column in an issue", () => {
  const result = validateSync(composite.columns, { gold: "4" });
  expect(result.ok ? "" : formatIssues(result.issues)).toBe(
    "rubric: Invalid input: expected string, received undefined; " +
      "gold: Too small: expected string to have >=2 characters",
  );
  expect(validateSync(composite.columns, "row").ok).toBe(false);
});

test("an open part adds the columns that are mapped to it, and is given no others", async () => {
  const open = reading(z.looseObject({ answer: z.string() }));
  const inner = compose({ open: use(open, { columns: { hint: "help", info: "info" } }) });
  const outer = compose({ inner: use(inner, { columns: { help: "notes" } }) });
  expect(columnNames(inner.columns)).toEqual(["answer", "help", "info"]);
  const row = { answer: "4", notes: "n", info: { a: 1 }, other: 1 };
  expect(validateSync(outer.columns, row)).toEqual({
    ok: true,
    value: { answer: "4", notes: "n", info: { a: 1 } },
  });
});

test("waits for parts with asynchronous columns", async () => {
  const slow = reading(z.object({ id: z.string().refine(async (id) => id === "a", "must be a") }));
  const { columns } = compose({ slow, answer });
  expect(await validate(columns, { id: "a", answer: "4" })).toEqual({ ok: true, value: { id: "a", answer: "4" } });
  expect(await validate(columns, { id: "b", answer: "4" })).toMatchObject({ ok: false, issues: [{ path: ["id"] }] });
});

test("schemas that refer to themselves keep their meaning under new names", async () => {
  interface Tree {
    text: string;
    children?: Tree[] | undefined;
  }
  const tree: z.ZodType<Tree, Tree> = z.object({ text: z.string(), children: z.lazy(() => tree.array()).optional() });
  const inner = compose({ trees: use(reading(z.object({ tree })), { columns: { tree: "parsed" } }), answer });
  const outer = compose({ inner: use(inner, { columns: { parsed: "syntax" } }), again: inner });
  expect(columnNames(outer.columns)).toEqual(["syntax", "answer", "level", "parsed"]);
  const check = await compileJsonSchema(toJsonSchema(outer.columns));
  const good = { text: "a", children: [{ text: "b" }] };
  const bad = { text: "a", children: [{ text: 3 }] };
  expect(check({ syntax: good, parsed: good, answer: "4" })).toEqual([]);
  expect(formatIssues(check({ syntax: bad, parsed: good, answer: "4" }))).toContain(
    "syntax.children[0].text: must be string",
  );
});

test("conditions across columns hold where nothing is renamed", async () => {
  const either = reading(z.union([z.object({ text: z.string() }), z.object({ number: z.number() })]));
  const check = await compileJsonSchema(toJsonSchema(compose({ either, answer }).columns));
  expect(check({ answer: "4", number: 3 })).toEqual([]);
  expect(check({ answer: "4" })).not.toEqual([]);
});
