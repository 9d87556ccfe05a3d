import { expect, test } from "vitest";
import { z } from "zod";
import type { ObjectSchema } from "../reward.js";
import { emptySchema } from "./empty-schema.js";
import { acceptsUnknownKeys, columnNames, columnSchema, requiredColumns, toJsonSchema } from "./json-schema.js";

const schema = z.object({
  answer: z.string(),
  level: z.number().default(1),
  note: z.string().optional(),
  parsed: z.string().transform((text) => text.length),
});

test("writes draft-07 of the input side", () => {
  expect(toJsonSchema(schema)).toEqual({
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    properties: {
      answer: { type: "string" },
      level: { type: "number", default: 1 },
      note: { type: "string" },
      parsed: { type: "string" },
    },
    required: ["answer", "parsed"],
  });
});

test("converts a schema once", () => {
  expect(toJsonSchema(schema)).toBe(toJsonSchema(schema));
});

test("names the columns in their order and the required ones", () => {
  expect(columnNames(schema)).toEqual(["answer", "level", "note", "parsed"]);
  expect(requiredColumns(schema)).toEqual(["answer", "parsed"]);
  expect(columnSchema(schema, "level")).toEqual({ type: "number", default: 1 });
  expect(columnSchema(schema, "rubric")).toBeUndefined();
});

test("an omitted schema has no columns", () => {
  expect(columnNames(emptySchema)).toEqual([]);
  expect(requiredColumns(emptySchema)).toEqual([]);
  expect(acceptsUnknownKeys(emptySchema)).toBe(false);
});

test("collects the columns of intersections and unions", () => {
  const both = z.intersection(z.object({ a: z.string() }), z.object({ b: z.number().optional() }));
  expect(columnNames(both)).toEqual(["a", "b"]);
  expect(requiredColumns(both)).toEqual(["a"]);
  const either = z.union([z.object({ a: z.string(), b: z.string() }), z.object({ a: z.number(), c: z.string() })]);
  expect(columnNames(either)).toEqual(["a", "b", "c"]);
  expect(requiredColumns(either)).toEqual(["a"]);
});

test("follows references, also to itself", () => {
  interface Tree {
    text: string;
    children?: Tree[] | undefined;
  }
  const tree: z.ZodType<Tree, Tree> = z.object({ text: z.string(), children: z.lazy(() => tree.array()).optional() });
  expect(columnNames(tree)).toEqual(["text", "children"]);
  expect(requiredColumns(tree)).toEqual(["text"]);
  const named: ObjectSchema = {
    "~standard": {
      ...emptySchema["~standard"],
      jsonSchema: {
        input: () => ({
          $ref: "#/definitions/a~1b",
          definitions: { "a/b": { properties: { x: {} }, required: ["x"] } },
        }),
        output: () => ({}),
      },
    },
  };
  expect(requiredColumns(named)).toEqual(["x"]);
});

test("tells open schemas from closed ones", () => {
  expect(acceptsUnknownKeys(schema)).toBe(false);
  expect(acceptsUnknownKeys(z.strictObject({ a: z.string() }))).toBe(false);
  expect(acceptsUnknownKeys(z.looseObject({ a: z.string() }))).toBe(true);
  expect(acceptsUnknownKeys(z.record(z.string(), z.number()))).toBe(true);
});

test("says what JSON Schema cannot", () => {
  expect(() => toJsonSchema(z.object({ when: z.date() }))).toThrow(
    "The schema cannot be written as JSON Schema: Date cannot be represented in JSON Schema.",
  );
});

test("refuses a schema that is not one of objects", () => {
  expect(() => columnNames(z.array(z.string()))).toThrow('The schema must describe an object, not "array".');
});
