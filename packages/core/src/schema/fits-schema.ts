/**
 * Whether a value fits a small JSON Schema, without a validator being compiled for it: for values that nearly always do.
 * Ajv says what is wrong with the others, which takes a hundred times as long to begin.
 */
import type { JsonSchema } from "./json-schema.js";

/** What a keyword, or a whole schema, asks of a value. */
type Check = (value: unknown) => boolean;
type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const types: Readonly<Record<string, Check>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
};

const always: Check = () => true;
const never: Check = () => false;
const ofText =
  (check: (text: string) => boolean): Check =>
  (value) =>
    typeof value !== "string" || check(value);
const ofList =
  (check: (list: readonly unknown[]) => boolean): Check =>
  (value) =>
    !Array.isArray(value) || check(value);
const ofObject =
  (check: (object: JsonObject) => boolean): Check =>
  (value) =>
    !isObject(value) || check(value);

/** Draft-07's keywords, as far as they are needed. */
const keywords: Readonly<Record<string, (expected: unknown, schema: JsonSchema) => Check>> = {
  $schema: () => always,
  $id: () => always,
  title: () => always,
  description: () => always,
  type: (expected) => {
    const allowed = [expected].flat().map((name) => types[String(name)] ?? never);
    return (value) => allowed.some((check) => check(value));
  },
  enum: (expected) => (value) => (expected as readonly unknown[]).includes(value),
  anyOf: (expected) => {
    const options = (expected as readonly JsonSchema[]).map(checkOf);
    return (value) => options.some((check) => check(value));
  },
  minimum: (expected) => (value) => typeof value !== "number" || value >= Number(expected),
  // Lengths are counted in characters, of which some take two places.
  minLength: (expected) =>
    ofText((text) => text.length >= 2 * Number(expected) || [...text].length >= Number(expected)),
  maxLength: (expected) => ofText((text) => text.length <= Number(expected)),
  pattern: (expected) => {
    const pattern = new RegExp(String(expected), "u");
    return ofText((text) => pattern.test(text));
  },
  minItems: (expected) => ofList((list) => list.length >= Number(expected)),
  maxItems: (expected) => ofList((list) => list.length <= Number(expected)),
  items: (expected) => {
    const check = checkOf(expected as JsonSchema);
    return ofList((list) => list.every(check));
  },
  required: (expected) =>
    ofObject((object) => (expected as readonly string[]).every((key) => Object.hasOwn(object, key))),
  propertyNames: (expected) => {
    const check = checkOf(expected as JsonSchema);
    return ofObject((object) => Object.keys(object).every(check));
  },
  properties: (expected) => {
    const checks = Object.entries(expected as Readonly<Record<string, JsonSchema>>).map(
      ([key, schema]) => [key, checkOf(schema)] as const,
    );
    return ofObject((object) => checks.every(([key, check]) => !Object.hasOwn(object, key) || check(object[key])));
  },
  additionalProperties: (expected, { properties = {} }) => {
    const check = checkOf(expected as JsonSchema);
    return ofObject((object) =>
      Object.keys(object).every((key) => Object.hasOwn(properties as object, key) || check(object[key])),
    );
  },
};

const made = new WeakMap<JsonSchema, Check>();

function checkOf(schema: JsonSchema | boolean): Check {
  if (typeof schema === "boolean") return schema ? always : never;
  const known = made.get(schema);
  if (known) return known;
  const checks = Object.entries(schema).map(([keyword, expected]) => keywords[keyword]?.(expected, schema) ?? never);
  const check: Check = (value) => checks.every((one) => one(value));
  made.set(schema, check);
  return check;
}

/**
 * True where the value fits the schema beyond doubt. False does not mean that it does not: a keyword that is not known
 * here, or text whose length two ways of counting tell differently, is for a whole validator to judge.
 *
 * @param schema of those keywords that manifests' schema has
 */
export function fitsSchema(value: unknown, schema: JsonSchema): boolean {
  return checkOf(schema)(value);
}
