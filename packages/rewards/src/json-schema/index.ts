// Whether the completion is, or ends with, JSON that a JSON Schema accepts.
import { compileJsonSchema, defineReward, errorMessage, type JsonValidator, PavlovError } from "@pavlov/core";
import { RE2JS } from "re2js";
import { z } from "zod";
import { withoutThinking } from "../exact-answer/extract.js";
import { findJson } from "../json-text.js";

/** Compiled schemas that are kept: a dataset may have one in each row. */
const MOST_SCHEMAS = 256;

/** A schema as a column may hold it: an object, a boolean, or the text of either. */
const schemaColumn = z.union([z.record(z.string(), z.unknown()), z.boolean(), z.string()]).nullish();

function readSchema(schema: z.output<typeof schemaColumn>): object | boolean {
  let read: unknown = schema;
  try {
    if (typeof schema === "string") read = JSON.parse(schema);
  } catch (cause) {
    throw new PavlovError(`The JSON Schema in the column is no JSON: ${errorMessage(cause)}.`, { cause });
  }
  if (typeof read === "boolean" || (typeof read === "object" && read !== null && !Array.isArray(read))) return read;
  throw new PavlovError("There is no JSON Schema to check against.", {
    hint: "Give one as the param schema, or in each row of the column schema.",
  });
}

const compileSafely = (schema: object | boolean): Promise<JsonValidator> =>
  // By RE2, in linear time: a pattern of the schema meets any text that a policy can write.
  compileJsonSchema(schema as Parameters<typeof compileJsonSchema>[0], { pattern: (source) => RE2JS.compile(source) });

const oneLine = (text: string): string => (text.length > 120 ? `${text.slice(0, 119)}…` : text).replaceAll(/\s/g, " ");

/** The issues; undefined where the value is nested deeper than a recursive schema can follow. */
function checkDeep(check: JsonValidator, value: unknown): ReturnType<JsonValidator> | undefined {
  try {
    return check(value);
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

/**
 * 1 if the JSON that the completion ends with (after its thinking) is valid under the schema, `parsed` if it is JSON
 * but not valid, 0 if there is none. Schemas are draft-07; their patterns run on RE2.
 */
export const jsonSchema = defineReward({
  name: "json-schema",
  description: "Whether the completion holds JSON that a JSON Schema accepts: 1, `parsed` for other JSON, or 0.",
  columns: z.object({
    schema: schemaColumn.describe("The JSON Schema (draft-07), as an object or as text. Optional beside the param."),
  }),
  params: z.strictObject({
    schema: z
      .record(z.string(), z.unknown())
      .nullable()
      .default(null)
      .describe("The JSON Schema of all rows, for those whose column has none."),
    parsed: z.number().min(0).max(1).default(0).describe("The score of JSON that the schema does not accept."),
    strict: z.boolean().default(false).describe("Whether the completion must be JSON and nothing else."),
  }),
  range: [0, 1],
  setup: () => new Map<string, Promise<JsonValidator>>(),
  async score({ completion, columns }, { params: { schema, parsed, strict }, state }) {
    const wanted = readSchema(columns.schema ?? schema);
    const key = JSON.stringify(wanted);
    if (state.size >= MOST_SCHEMAS && !state.has(key)) state.clear();
    const compiled = state.get(key) ?? compileSafely(wanted);
    state.set(key, compiled);
    const check = await compiled;
    const text = withoutThinking(completion).trim();
    const found = findJson(text);
    if (found === undefined) return { score: 0, reason: "no JSON" };
    if (strict && found.text !== text) return { score: 0, reason: "there is more than JSON" };
    const issues = checkDeep(check, found.value);
    if (issues === undefined) return { score: parsed, reason: "not valid: nested too deeply to be checked" };
    const [first, ...others] = issues;
    if (first === undefined) return { score: 1, reason: "valid under the schema" };
    const place = first.path.length === 0 ? "" : `${first.path.join(".")} `;
    const more = others.length === 0 ? "" : `, and ${others.length} more`;
    return { score: parsed, reason: `${oneLine(`not valid: ${place}${first.message}`)}${more}` };
  },
});
