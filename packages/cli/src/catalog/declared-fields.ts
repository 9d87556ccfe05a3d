/** The columns or params that a manifest's JSON Schema declares, one by one, as people read them. */
import type { JsonSchema } from "@pavlov/core";

/** One column or param. */
export interface DeclaredField {
  /** `rubric.levels` for one inside another. */
  readonly name: string;
  /** `number ≥ 0`, `"sum" | "mean"`, `list of strings`. */
  readonly type: string;
  /** True where it must be given. */
  readonly required: boolean;
  /** Absent where there is none. */
  readonly default?: unknown;
  readonly description?: string;
}

/** How deep objects inside objects are told one by one. */
const deepest = 3;

/** The fields of a schema of objects, in its order, those inside others after them. */
export function declaredFields(schema: JsonSchema): readonly DeclaredField[] {
  return fieldsOf(schema, schema, "", 0);
}

/** True where columns or params beside the declared ones may be given. */
export function takesOthers({ additionalProperties, patternProperties }: JsonSchema): boolean {
  return (additionalProperties !== undefined && additionalProperties !== false) || patternProperties !== undefined;
}

function fieldsOf(schema: JsonSchema, root: JsonSchema, prefix: string, depth: number): readonly DeclaredField[] {
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  return Object.entries(asSchema(schema["properties"]) ?? {}).flatMap(([key, value]): readonly DeclaredField[] => {
    const field = followed(asSchema(value) ?? {}, root);
    const name = `${prefix}${key}`;
    const description = textOf(field["description"]) ?? textOf(asSchema(value)?.["description"]);
    const own: DeclaredField = {
      name,
      type: typeText(field, root),
      required: required.includes(key),
      ...(Object.hasOwn(field, "default") && { default: field["default"] }),
      ...(description !== undefined && { description }),
    };
    const inner = depth < deepest && asSchema(field["properties"]) ? fieldsOf(field, root, `${name}.`, depth + 1) : [];
    return [own, ...inner];
  });
}

/** What a schema takes, in few words. */
function typeText(schema: JsonSchema, root: JsonSchema, depth = 0): string {
  if (depth > deepest) return "…";
  const inner = (part: unknown): string => typeText(followed(asSchema(part) ?? {}, root), root, depth + 1);
  if (Object.hasOwn(schema, "const")) return JSON.stringify(schema["const"]);
  if (Array.isArray(schema["enum"])) return schema["enum"].map((value) => JSON.stringify(value)).join(" | ");
  for (const keyword of ["anyOf", "oneOf"]) {
    const options = schema[keyword];
    if (Array.isArray(options)) return [...new Set(options.map(inner))].join(" | ");
  }
  const { type } = schema;
  if (Array.isArray(type)) return type.join(" | ");
  switch (type) {
    case "array": {
      const { items } = schema;
      if (Array.isArray(items)) return `[${items.map(inner).join(", ")}]`;
      const item = items === undefined ? "anything" : inner(items);
      return /^(string|number|integer|boolean|object)$/.test(item) ? `list of ${item}s` : `list of (${item})`;
    }
    case "number":
    case "integer":
      return `${type}${bounds(schema)}`;
    case "object": {
      const values = asSchema(schema["additionalProperties"]);
      return values && Object.keys(values).length > 0 ? `object of ${inner(values)}` : "object";
    }
    case undefined:
      return "anything";
    default:
      return String(type);
  }
}

/** ` ≥ 0, < 1`; whole numbers that JavaScript cannot go beyond are no bounds. */
function bounds(schema: JsonSchema): string {
  const said = [
    ["≥", "minimum"],
    [">", "exclusiveMinimum"],
    ["≤", "maximum"],
    ["<", "exclusiveMaximum"],
  ].flatMap(([sign, keyword = ""]) => {
    const bound = schema[keyword];
    return typeof bound === "number" && Math.abs(bound) < Number.MAX_SAFE_INTEGER ? [`${sign} ${bound}`] : [];
  });
  return said.length === 0 ? "" : ` ${said.join(", ")}`;
}

/** The schema that a `$ref` within the root leads to, with what stands beside the reference. */
function followed(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let current = schema;
  for (let steps = 0; steps < 8; steps += 1) {
    const { $ref: reference, ...rest } = current;
    if (typeof reference !== "string" || !reference.startsWith("#")) break;
    let target: unknown = root;
    for (const part of reference.split("/").slice(1)) {
      const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
      const object = asSchema(target);
      target = object && Object.hasOwn(object, key) ? object[key] : undefined;
    }
    current = { ...asSchema(target), ...rest };
  }
  const all = current["allOf"];
  if (!Array.isArray(all) || all.length !== 1) return current;
  const { allOf: _, ...rest } = current;
  return { ...followed(asSchema(all[0]) ?? {}, root), ...rest };
}

function asSchema(value: unknown): JsonSchema | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonSchema) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
