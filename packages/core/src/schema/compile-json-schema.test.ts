import { expect, test } from "vitest";
import { z } from "zod";
import { compileJsonSchema } from "./compile-json-schema.js";
import { toJsonSchema } from "./json-schema.js";
import { formatIssues } from "./validate.js";

const schema = toJsonSchema(
  z.object({
    answer: z.string(),
    level: z.number().min(1),
    kind: z.enum(["a", "b"]).optional(),
    url: z.url().optional(),
  }),
);

test("accepts what fits", async () => {
  const check = await compileJsonSchema(schema);
  expect(check({ answer: "4", level: 2, url: "https://example.org/a" })).toEqual([]);
});

test("reports every issue with its path and value", async () => {
  const check = await compileJsonSchema(schema);
  expect(formatIssues(check({ level: 0, kind: "c", url: "no url" }))).toBe(
    'answer: is missing; level: must be >= 1, got 0; kind: must be equal to one of the allowed values: ["a","b"], ' +
      'got "c"; url: must match format "uri", got "no url"',
  );
});

test("keeps the type of a number unless told to coerce", async () => {
  const strict = await compileJsonSchema(schema);
  expect(formatIssues(strict({ answer: "4", level: "3" }))).toBe('level: must be number, got "3"');
  const coercing = await compileJsonSchema(schema, { coerce: true });
  const row = { answer: "4", level: "3" };
  expect(coercing(row)).toEqual([]);
  expect(row).toEqual({ answer: "4", level: 3 });
});

test("names unknown keys of a closed object", async () => {
  const check = await compileJsonSchema({ type: "object", properties: {}, additionalProperties: false });
  expect(check({ extra: 1 })).toEqual([{ path: ["extra"], message: "is not known" }]);
});

test("takes keywords that schema libraries add", async () => {
  const check = await compileJsonSchema({ type: "string", title: "T", "x-order": 3, examples: ["a"] });
  expect(check(3)).toHaveLength(1);
});

test("says when the JSON Schema itself is wrong", async () => {
  await expect(compileJsonSchema({ type: "strin" })).rejects.toThrow("Not a valid draft-07 JSON Schema");
});

test("names a value that is nested deeper than the stack without showing it", async () => {
  const check = await compileJsonSchema({ type: "object" });
  const deep: unknown = JSON.parse("[".repeat(50_000) + "]".repeat(50_000));
  expect(check(deep)).toEqual([
    { path: [], message: "must be object, got a value that is nested too deeply to be shown" },
  ]);
});
