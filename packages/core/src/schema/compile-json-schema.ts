/** Compiles JSON Schemas (draft-07) to validators with ajv and ajv-formats, which are loaded on first use. */
import type { ErrorObject } from "ajv";
import { errorMessage, PavlovError } from "../error.js";
import type { JsonSchema } from "./json-schema.js";
import type { SchemaIssue } from "./validate.js";

/** All issues of a value; empty when it is valid. With `coerce` the value's scalars are changed in place. */
export type JsonValidator = (value: unknown) => readonly SchemaIssue[];

export interface CompileOptions {
  /** Turn `"3"` into 3 and `"true"` into true where the schema wants a number or a boolean (for CSV). Default false. */
  readonly coerce?: boolean;
  /** Compiles the schema's patterns. Default: JavaScript's own engine, which a pattern can stall on a value. */
  readonly pattern?: (source: string) => { test(text: string): boolean };
}

/**
 * Compiles once; the validator is synchronous and reports every issue.
 *
 * @throws PavlovError when the JSON Schema itself is not valid.
 */
export async function compileJsonSchema(schema: JsonSchema, options: CompileOptions = {}): Promise<JsonValidator> {
  const [{ Ajv }, { default: formats }] = await Promise.all([import("ajv"), import("ajv-formats")]);
  // Not strict: schema libraries add keywords of their own (titles, examples, metadata).
  const { coerce = false, pattern } = options;
  // Ajv asks for `code` as well, which only generated files need.
  const engine = pattern && Object.assign((source: string) => pattern(source), { code: "" });
  const code = engine ? { code: { regExp: engine } } : {};
  const ajv = new Ajv({ allErrors: true, strict: false, verbose: true, coerceTypes: coerce, ...code });
  formats.default(ajv);
  let check;
  try {
    check = ajv.compile(schema);
  } catch (thrown) {
    throw new PavlovError(`Not a valid draft-07 JSON Schema: ${errorMessage(thrown)}.`, { cause: thrown });
  }
  return (value) => (check(value) ? [] : (check.errors ?? []).map(toIssue));
}

function toIssue(error: ErrorObject): SchemaIssue {
  const path = error.instancePath.split("/").slice(1).map(pointerKey);
  const params = error.params as Readonly<Record<string, unknown>>;
  if (error.keyword === "required") {
    return { path: [...path, String(params["missingProperty"])], message: "is missing" };
  }
  if (error.keyword === "additionalProperties") {
    return { path: [...path, String(params["additionalProperty"])], message: "is not known" };
  }
  const allowed = error.keyword === "enum" ? `: ${JSON.stringify(params["allowedValues"])}` : "";
  return { path, message: `${error.message ?? error.keyword}${allowed}, got ${shown(error.data)}` };
}

function pointerKey(part: string): string | number {
  const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
  return /^\d+$/.test(key) ? Number(key) : key;
}

function shown(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    // Nested deeper than the stack: it can be parsed, and not be written.
    text = "a value that is nested too deeply to be shown";
  }
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
