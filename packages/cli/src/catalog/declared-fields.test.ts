import { expect, test } from "vitest";
import { z } from "zod";
import { declaredFields, takesOthers } from "./declared-fields.js";

const fieldsOf = (schema: z.ZodType) =>
  declaredFields(z.toJSONSchema(schema, { target: "draft-7", io: "input" })).map(({ name, type }) => [name, type]);

test("types read as people say them", () => {
  const schema = z.object({
    text: z.string(),
    share: z.number().min(0).max(1),
    above: z.number().gt(0),
    count: z.int().min(1),
    kind: z.enum(["sum", "mean"]),
    maybe: z.number().nullable(),
    tags: z.array(z.string()),
    either: z.union([z.string(), z.array(z.int().positive())]),
    fixed: z.literal("x"),
    any: z.unknown(),
    table: z.record(z.string(), z.number()),
    pair: z.tuple([z.number(), z.string()]),
  });
  expect(fieldsOf(schema)).toEqual([
    ["text", "string"],
    ["share", "number ≥ 0, ≤ 1"],
    ["above", "number > 0"],
    ["count", "integer ≥ 1"],
    ["kind", '"sum" | "mean"'],
    ["maybe", "number | null"],
    ["tags", "list of strings"],
    ["either", "string | list of (integer > 0)"],
    ["fixed", '"x"'],
    ["any", "anything"],
    ["table", "object of number"],
    ["pair", "[number, string]"],
  ]);
});

test("fields inside others come after them, under both names", () => {
  const schema = z.object({ cache: z.object({ folder: z.string(), days: z.int().min(1).default(7) }) });
  expect(fieldsOf(schema)).toEqual([
    ["cache", "object"],
    ["cache.folder", "string"],
    ["cache.days", "integer ≥ 1"],
  ]);
});

test("what must be given, and what holds otherwise", () => {
  const schema = z.object({ a: z.string().describe("Given."), b: z.number().default(3), c: z.boolean().optional() });
  expect(declaredFields(z.toJSONSchema(schema, { target: "draft-7", io: "input" }))).toEqual([
    { name: "a", type: "string", required: true, description: "Given." },
    { name: "b", type: "number", required: false, default: 3 },
    { name: "c", type: "boolean", required: false },
  ]);
});

test("references are followed, and those that lead in a circle or nowhere end", () => {
  const tree: z.ZodType = z.object({
    name: z.string(),
    get inner() {
      return tree.optional();
    },
  });
  expect(
    fieldsOf(z.object({ tree }))
      .slice(0, 4)
      .map(([name]) => name),
  ).toContain("tree.name");
  const circle = { properties: { a: { $ref: "#/definitions/a" } }, definitions: { a: { $ref: "#/definitions/a" } } };
  expect(declaredFields(circle)).toEqual([{ name: "a", type: "anything", required: false }]);
  expect(declaredFields({ properties: { a: { $ref: "#/nowhere" }, b: { $ref: "elsewhere.json" } } })).toHaveLength(2);
});

test("a schema from elsewhere that makes no sense has no fields", () => {
  for (const properties of [null, 3, [], "x"]) expect(declaredFields({ properties })).toEqual([]);
  expect(declaredFields({ properties: { a: null, b: { type: 3, anyOf: "x" } } })).toEqual([
    { name: "a", type: "anything", required: false },
    { name: "b", type: "3", required: false },
  ]);
});

test("open schemas take others", () => {
  expect(takesOthers({ additionalProperties: false })).toBe(false);
  expect(takesOthers({})).toBe(false);
  expect(takesOthers({ additionalProperties: {} })).toBe(true);
});
