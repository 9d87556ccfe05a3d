/** `if` and `then` of JSON Schema. Made from entries: an object literal with the key `then` reads like a promise. */
import type { JsonSchema } from "@pavlov/core";

/** A schema that asks for `consequence` of values that fit `condition`, and nothing of others. */
export function conditional(condition: JsonSchema, consequence: JsonSchema): JsonSchema {
  return Object.fromEntries([
    ["if", condition],
    ["then", consequence],
  ]);
}
