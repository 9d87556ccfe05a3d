import { expect, test } from "vitest";
import { z } from "zod";
import { PavlovError } from "../error.js";
import { emptySchema } from "./empty-schema.js";
import { formatIssues, formatPath, validate, validateSync, valueAt } from "./validate.js";

const schema = z.object({ answer: z.string(), steps: z.array(z.object({ text: z.string() })).default([]) });
const asynchronous = z.object({ answer: z.string().refine(async (text) => text !== "no", "must not be no") });

test("gives the value with defaults applied", () => {
  expect(validate(schema, { answer: "4" })).toEqual({ ok: true, value: { answer: "4", steps: [] } });
});

test("gives every issue with its path", () => {
  const result = validateSync(schema, { answer: 4, steps: [{ text: "a" }, { text: 1 }] });
  expect(result.ok).toBe(false);
  if (result.ok) return;
  expect(result.issues.map(({ path }) => formatPath(path))).toEqual(["answer", "steps[1].text"]);
  expect(formatIssues(result.issues)).toContain(
    "answer: Invalid input: expected string, received number; steps[1].text:",
  );
});

test("waits for an asynchronous schema", async () => {
  expect(await validate(asynchronous, { answer: "yes" })).toEqual({ ok: true, value: { answer: "yes" } });
  expect(await validate(asynchronous, { answer: "no" })).toMatchObject({
    ok: false,
    issues: [{ path: ["answer"], message: "must not be no" }],
  });
});

test("refuses an asynchronous schema where a synchronous one is needed", () => {
  expect(() => validateSync(asynchronous, { answer: "no" })).toThrow(PavlovError);
});

test("an omitted schema accepts any object and keeps nothing of it", () => {
  expect(validateSync(emptySchema, { a: 1 })).toEqual({ ok: true, value: {} });
  expect(validateSync(emptySchema, undefined)).toEqual({ ok: true, value: {} });
  expect(validateSync(emptySchema, "text").ok).toBe(false);
  expect(validateSync(emptySchema, null).ok).toBe(false);
});

test("finds the value at a path", () => {
  expect(valueAt({ a: [{ b: 3 }] }, ["a", 0, "b"])).toBe(3);
  expect(valueAt({ a: null }, ["a", "b"])).toBeUndefined();
  expect(valueAt(7, [])).toBe(7);
});
