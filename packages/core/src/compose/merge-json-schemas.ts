/** One JSON Schema (draft-07) for a row that several object schemas read under other names. */
import type { ObjectSchema } from "../reward.js";
import { columnSchema, requiredColumns, toJsonSchema, type JsonSchema } from "../schema/json-schema.js";

export interface RenamedSchema {
  readonly schema: ObjectSchema;
  /** The columns that are read, under their own names. */
  readonly names: readonly string[];
  /** Own column name -> name in the merged schema. */
  readonly rename: (column: string) => string;
}

/**
 * Merges properties and requirements. A column that two schemas read must satisfy both. A schema with references is
 * kept whole under `definitions`, with an `$id` of its own, so that its references keep their meaning.
 *
 * Conditions across columns (a union of objects) are kept only where no column is renamed; the Standard Schemas
 * themselves, which every row passes, still check them.
 */
export function mergeJsonSchemas(schemas: readonly RenamedSchema[]): Record<string, unknown> {
  const properties = new Map<string, JsonSchema[]>();
  const required = new Set<string>();
  const definitions: Record<string, JsonSchema> = {};
  const conditions: JsonSchema[] = [];
  for (const { schema, names, rename } of schemas) {
    const json = toJsonSchema(schema);
    const columnOf = hasReferences(json)
      ? embed(json, definitions)
      : (name: string) => columnSchema(schema, name) ?? {};
    for (const name of names) {
      const renamed = rename(name);
      properties.set(renamed, [...(properties.get(renamed) ?? []), columnOf(name)]);
    }
    for (const name of requiredColumns(schema)) required.add(rename(name));
    if ((json["anyOf"] || json["oneOf"]) && names.every((name) => rename(name) === name)) conditions.push(json);
  }
  return {
    type: "object",
    properties: Object.fromEntries([...properties].map(([name, parts]) => [name, allOf(parts)])),
    ...(required.size > 0 && { required: [...required] }),
    ...(conditions.length > 0 && { allOf: conditions.map(withoutDialect) }),
    ...(Object.keys(definitions).length > 0 && { definitions }),
  };
}

function hasReferences(json: JsonSchema): boolean {
  return /"\$(ref|id)":/.test(JSON.stringify(json));
}

/** The same content always has the same id, so that a schema embedded twice is no conflict. */
function embed(json: JsonSchema, definitions: Record<string, JsonSchema>): (name: string) => JsonSchema {
  // Got only here: few schemas have references, and every import of the package would wait for node:crypto.
  const { createHash } = process.getBuiltinModule("node:crypto");
  const hash = createHash("sha256").update(JSON.stringify(json)).digest("hex").slice(0, 16);
  const id = `https://pavlov.invalid/columns/${hash}.json`;
  definitions[hash] = { ...withoutDialect(json), $id: id };
  const own = (json["properties"] ?? {}) as JsonSchema;
  return (name) => {
    if (!Object.hasOwn(own, name)) return {};
    const pointer = encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));
    return { $ref: `${id}#/properties/${pointer}` };
  };
}

function withoutDialect(json: JsonSchema): JsonSchema {
  const { $schema: _, ...rest } = json;
  return rest;
}

function allOf(parts: readonly JsonSchema[]): JsonSchema {
  const distinct = [...new Map(parts.map((part) => [JSON.stringify(part), part])).values()];
  return distinct.length === 1 ? (distinct[0] as JsonSchema) : { allOf: distinct };
}
