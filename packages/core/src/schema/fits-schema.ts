/**
 * Whether a value fits a small JSON Schema, without a validator being compiled for it: for values that nearly always do.
 * Ajv says what is wrong with the others, which takes a hundred times as long to begin.
 */
import type { JsonSchema } from "./json-schema.js";

/** What a keyword asks of a value, given the schema that it stands in. */
type Check = (value: unknown, expected: unknown, schema: JsonSchema) => boolean;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
};

const always: Check = () => true;
const ofText =
  (check: (text: string, expected: unknown) => boolean): Check =>
  (value, expected) =>
    typeof value !== "string" || check(value, expected);
const ofList =
  (check: (list: readonly unknown[], expected: unknown) => boolean): Check =>
  (value, expected) =>
    !Array.isArray(value) || check(value, expected);
const ofObject =
  (check: (object: Readonly<Record<string, unknown>>, expected: unknown, schema: JsonSchema) => boolean): Check =>
  (value, expected, schema) =>
    !isObject(value) || check(value, expected, schema);

/** Draft-07's keywords, as far as they are needed. */
const checks: Readonly<Record<string, Check>> = {
  $schema: always,
  $id: always,
  title: always,
  description: always,
  type: (value, expected) => [expected].flat().some((name) => types[String(name)]?.(value) ?? false),
  enum: (value, expected) => (expected as readonly unknown[]).includes(value),
  anyOf: (value, expected) => (expected as readonly JsonSchema[]).some((option) => fitsSchema(value, option)),
  minimum: (value, expected) => typeof value !== "number" || value >= Number(expected),
  minLength: ofText((text, expected) => text.length >= 2 * Number(expected) || [...text].length >= Number(expected)),
  maxLength: ofText((text, expected) => text.length <= Number(expected)),
  pattern: ofText((text, expected) => new RegExp(String(expected), "u").test(text)),
  minItems: ofList((list, expected) => list.length >= Number(expected)),
  maxItems: ofList((list, expected) => list.length <= Number(expected)),
  items: ofList((list, expected) => list.every((item) => fitsSchema(item, expected as JsonSchema))),
  required: ofObject((object, expected) => (expected as readonly string[]).every((key) => Object.hasOwn(object, key))),
  propertyNames: ofObject((object, expected) =>
    Object.keys(object).every((key) => fitsSchema(key, expected as JsonSchema)),
  ),
  properties: ofObject((object, expected) =>
    Object.entries(expected as Readonly<Record<string, JsonSchema>>).every(
      ([key, schema]) => !Object.hasOwn(object, key) || fitsSchema(object[key], schema),
    ),
  ),
  additionalProperties: ofObject((object, expected, { properties = {} }) =>
    Object.entries(object).every(
      ([key, inner]) => Object.hasOwn(properties as object, key) || fitsSchema(inner, expected as JsonSchema),
    ),
  ),
};

/**
 * True where the value fits the schema beyond doubt. False does not mean that it does not: a keyword that is not known
 * here, or text whose length two ways of counting tell differently, is for a whole validator to judge.
 *
 * @param schema of those keywords that manifests' schema has; `true` and `false` are schemas as well
 */
export function fitsSchema(value: unknown, schema: JsonSchema | boolean): boolean {
  if (typeof schema === "boolean") return schema;
  return Object.entries(schema).every(([keyword, expected]) => checks[keyword]?.(value, expected, schema) ?? false);
}
