/** A JSON Schema that a plugin brought, made fit to stand inside another one that strict validators take. */
import type { JsonSchema } from "@pavlov/core";

/** Keywords of draft-07 that say something of a value; formats are left out, since validators differ in those they know. */
const plain = [
  ["$comment", "title", "description", "default", "examples", "readOnly", "writeOnly", "const", "enum", "type"],
  ["multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength", "pattern"],
  ["maxItems", "minItems", "uniqueItems", "maxProperties", "minProperties", "required"],
].flat();
const schemas = ["additionalItems", "contains", "additionalProperties", "propertyNames", "if", "then", "else", "not"];
const lists = ["allOf", "anyOf", "oneOf"];
const maps = ["definitions", "properties", "patternProperties"];

/**
 * The schema without what draft-07 does not know, with references that hold where it is put.
 *
 * @param place where it is put: `#/definitions/params1`
 */
export function adopted(schema: JsonSchema, place: string): JsonSchema {
  return adopt(schema, place) as JsonSchema;
}

function adopt(schema: unknown, place: string): unknown {
  if (typeof schema === "boolean") return schema;
  if (!isObject(schema)) return {};
  const entries = Object.entries(schema).flatMap(([keyword, value]): [string, unknown][] => {
    if (plain.includes(keyword)) return [[keyword, value]];
    if (schemas.includes(keyword)) return [[keyword, adopt(value, place)]];
    if (lists.includes(keyword) && Array.isArray(value)) return [[keyword, value.map((item) => adopt(item, place))]];
    if (maps.includes(keyword) && isObject(value)) return [[keyword, mapped(value, place)]];
    if (keyword === "items") {
      return [[keyword, Array.isArray(value) ? value.map((item) => adopt(item, place)) : adopt(value, place)]];
    }
    // What is referred to lies in the schema itself: nothing is fetched.
    if (keyword === "$ref" && typeof value === "string" && value.startsWith("#")) {
      return [[keyword, `${place}${value.slice(1)}`]];
    }
    return [];
  });
  return byType(Object.fromEntries(entries));
}

/** What each keyword speaks of. */
const numeric = ["multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"];
const keywordsOf: Readonly<Record<string, readonly string[]>> = {
  number: numeric,
  integer: numeric,
  string: ["maxLength", "minLength", "pattern"],
  array: ["items", "additionalItems", "contains", "maxItems", "minItems", "uniqueItems"],
  object: [
    ["maxProperties", "minProperties", "required", "properties", "patternProperties"],
    ["additionalProperties", "propertyNames"],
  ].flat(),
};

/** A list of types becomes one schema for each, since strict validators take no such lists. */
function byType(schema: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { type: types } = schema;
  if (!Array.isArray(types) || "anyOf" in schema) return schema;
  const isOfOneType = (keyword: string): boolean => Object.values(keywordsOf).some((list) => list.includes(keyword));
  const entries = Object.entries(schema).filter(([keyword]) => keyword !== "type");
  const options = types.map((type: unknown) => {
    const own = keywordsOf[String(type)] ?? [];
    return { type, ...Object.fromEntries(entries.filter(([keyword]) => own.includes(keyword))) };
  });
  return { ...Object.fromEntries(entries.filter(([keyword]) => !isOfOneType(keyword))), anyOf: options };
}

function mapped(map: Readonly<Record<string, unknown>>, place: string): object {
  return Object.fromEntries(Object.entries(map).map(([name, schema]) => [name, adopt(schema, place)]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
