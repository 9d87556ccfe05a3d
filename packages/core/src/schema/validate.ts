/** Validates a value with any Standard Schema and gives its issues as plain paths and messages. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { PavlovError } from "../error.js";
import type { MaybePromise } from "../reward.js";

export interface SchemaIssue {
  /** From the validated value's root; empty for the value itself. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export type Validation<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly SchemaIssue[] };

/** Validates; synchronous where the schema is. Never throws for an invalid value. */
export function validate<S extends StandardSchemaV1>(
  schema: S,
  value: unknown,
): MaybePromise<Validation<StandardSchemaV1.InferOutput<S>>> {
  const result = schema["~standard"].validate(value);
  return result instanceof Promise ? result.then(toValidation<S>) : toValidation<S>(result);
}

/**
 * Validates with a schema that must be synchronous.
 *
 * @throws PavlovError when the schema answers with a promise.
 */
export function validateSync<S extends StandardSchemaV1>(
  schema: S,
  value: unknown,
): Validation<StandardSchemaV1.InferOutput<S>> {
  const result = schema["~standard"].validate(value);
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new PavlovError("The schema is asynchronous where a synchronous one is needed.", {
      hint: "Remove asynchronous refinements and transforms from it.",
    });
  }
  return toValidation<S>(result);
}

/** `answer[0].text`; an empty string for the root. */
export function formatPath(path: readonly (string | number)[]): string {
  let text = "";
  for (const key of path) {
    text += typeof key === "number" ? `[${key}]` : text === "" ? key : `.${key}`;
  }
  return text;
}

/** `answer: expected string, received number; level: …`. */
export function formatIssues(issues: readonly SchemaIssue[]): string {
  return issues
    .map(({ path, message }) => (path.length === 0 ? message : `${formatPath(path)}: ${message}`))
    .join("; ");
}

/** The value at an issue's path, for messages. */
export function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Readonly<Record<string | number, unknown>>)[key];
  }
  return found;
}

function toValidation<S extends StandardSchemaV1>(
  result: StandardSchemaV1.Result<unknown>,
): Validation<StandardSchemaV1.InferOutput<S>> {
  if (!result.issues) return { ok: true, value: result.value as StandardSchemaV1.InferOutput<S> };
  return {
    ok: false,
    issues: result.issues.map(({ message, path }) => ({ message, path: (path ?? []).map(plainKey) })),
  };
}

function plainKey(segment: PropertyKey | StandardSchemaV1.PathSegment): string | number {
  const key = typeof segment === "object" ? segment.key : segment;
  return typeof key === "symbol" ? String(key) : key;
}
