/** JSON Schemas (draft-07, input side) of Standard Schemas, and the columns that they name. */
import type { StandardJSONSchemaV1 } from "@standard-schema/spec";
import { errorMessage, PavlovError } from "../error.js";

export type JsonSchema = Readonly<Record<string, unknown>>;

const converted = new WeakMap<StandardJSONSchemaV1, JsonSchema>();

/**
 * The draft-07 JSON Schema of what `schema` accepts. Converted once per schema; treat the result as frozen.
 *
 * @throws PavlovError when the schema holds something that JSON Schema cannot say, such as a date.
 */
export function toJsonSchema(schema: StandardJSONSchemaV1): JsonSchema {
  const known = converted.get(schema);
  if (known) return known;
  let json: JsonSchema;
  try {
    json = schema["~standard"].jsonSchema.input({ target: "draft-07" });
  } catch (thrown) {
    throw new PavlovError(`The schema cannot be written as JSON Schema: ${errorMessage(thrown)}.`, {
      hint: "Use strings, numbers, booleans, arrays and objects; parse dates and the like inside the reward.",
      cause: thrown,
    });
  }
  converted.set(schema, json);
  return json;
}

/**
 * The names of the columns (or params) that an object schema declares, in its order.
 *
 * @throws PavlovError when the schema is not one of objects, or JSON Schema cannot say it.
 */
export function columnNames(schema: StandardJSONSchemaV1): readonly string[] {
  return [...declared(toJsonSchema(schema)).names];
}

/** The declared columns that a row must have: those without a default and not optional. */
export function requiredColumns(schema: StandardJSONSchemaV1): readonly string[] {
  return [...declared(toJsonSchema(schema)).required];
}

/** True when the schema takes keys that it does not name (a record, or an object that is explicitly open). */
export function acceptsUnknownKeys(schema: StandardJSONSchemaV1): boolean {
  return declared(toJsonSchema(schema)).open;
}

/**
 * The names of the columns that a reward is given: those that its schema declares and, where that takes unknown keys,
 * those that its column mapping names.
 *
 * @param mapping reward column -> dataset column
 */
export function columnsGiven(
  schema: StandardJSONSchemaV1,
  mapping: Readonly<Record<string, string>>,
): readonly string[] {
  const { names, open } = declared(toJsonSchema(schema));
  return [...new Set([...names, ...(open ? Object.keys(mapping) : [])])];
}

/** The JSON Schema of one declared column, or undefined. */
export function columnSchema(schema: StandardJSONSchemaV1, name: string): JsonSchema | undefined {
  return declared(toJsonSchema(schema)).properties.get(name);
}

interface Declared {
  readonly names: ReadonlySet<string>;
  readonly required: ReadonlySet<string>;
  readonly properties: ReadonlyMap<string, JsonSchema>;
  readonly open: boolean;
}

/** The keywords that make a JSON Schema one of objects where it has no `type`. */
const objectKeywords = ["properties", "additionalProperties", "allOf", "anyOf", "oneOf", "$ref"];

function checkObject(json: JsonSchema): void {
  const type = json["type"];
  if (type === undefined ? objectKeywords.some((keyword) => json[keyword] !== undefined) : type === "object") return;
  throw new PavlovError(`The schema must describe an object, not ${JSON.stringify(type ?? json)}.`);
}

/** Collects through `$ref`, `allOf` (all hold) and `anyOf`/`oneOf` (required only where every branch requires it). */
function declared(root: JsonSchema): Declared {
  checkObject(root);
  return collect(root, root, new Set());
}

function collect(node: JsonSchema, root: JsonSchema, visiting: ReadonlySet<JsonSchema>): Declared {
  if (visiting.has(node)) return { names: new Set(), required: new Set(), properties: new Map(), open: false };
  const seen = new Set(visiting).add(node);
  const properties = new Map<string, JsonSchema>();
  for (const [name, value] of Object.entries(asSchema(node["properties"]) ?? {})) {
    properties.set(name, asSchema(value) ?? {});
  }
  const required = new Set<string>(asList(node["required"]).filter((name) => typeof name === "string"));
  let open = isOpen(node["additionalProperties"]) || node["patternProperties"] !== undefined;

  const target = typeof node["$ref"] === "string" ? resolve(node["$ref"], root) : undefined;
  const all = [...schemas(node["allOf"]), ...(target ? [target] : [])].map((part) => collect(part, root, seen));
  for (const part of all) {
    for (const [name, value] of part.properties) if (!properties.has(name)) properties.set(name, value);
    for (const name of part.required) required.add(name);
    open ||= part.open;
  }
  for (const keyword of ["anyOf", "oneOf"]) {
    const branches = schemas(node[keyword]).map((part) => collect(part, root, seen));
    for (const branch of branches) {
      for (const [name, value] of branch.properties) if (!properties.has(name)) properties.set(name, value);
      open ||= branch.open;
    }
    for (const name of branches[0]?.required ?? []) {
      if (branches.every((branch) => branch.required.has(name))) required.add(name);
    }
  }
  return { names: new Set(properties.keys()), required, properties, open };
}

function isOpen(additionalProperties: unknown): boolean {
  return additionalProperties !== undefined && additionalProperties !== false;
}

/** Resolves `#` and `#/a/b` pointers. */
function resolve(reference: string, root: JsonSchema): JsonSchema | undefined {
  if (!reference.startsWith("#")) return undefined;
  let node: unknown = root;
  for (const part of reference.split("/").slice(1)) {
    const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    node = asSchema(node)?.[key];
  }
  return asSchema(node);
}

function asSchema(value: unknown): JsonSchema | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonSchema) : undefined;
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function schemas(value: unknown): readonly JsonSchema[] {
  return asList(value)
    .map(asSchema)
    .filter((item) => item !== undefined);
}
