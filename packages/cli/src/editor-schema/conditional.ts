/** `if` and `then` of JSON Schema. */
import type { JsonSchema } from "@pavlov/core";

/** A schema that asks for `consequence` of values that fit `condition`, and nothing of others. */
export function conditional(condition: JsonSchema, consequence: JsonSchema): JsonSchema {
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema, and no promise
  return { if: condition, then: consequence };
}
