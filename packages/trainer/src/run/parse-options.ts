/** Options checked by their schema, with errors that name the option, the value and what to do. */
import { PavlovError, suggestion } from "@pavlov/core";
import type { z } from "zod";

const show = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value));

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );

/** The schema's own answer to an unknown option, where it has one; else the nearest option. */
const describeKey = (key: string, { message, path }: z.core.$ZodIssue, known: readonly string[]): string => {
  const reason = message.split("; ").find((part) => part.startsWith(`${key}: `));
  if (reason !== undefined) return `${[...path, reason].join(".")}.`;
  return `unknown option ${[...path, key].join(".")}.${path.length === 0 ? suggestion(key, known) : ""}`;
};

const describeIssue = (issue: z.core.$ZodIssue, input: unknown, known: readonly string[]): string => {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => describeKey(key, issue, known)).join(" ");
  }
  const path = issue.path.join(".");
  if (issue.code === "custom") return issue.message;
  return `${path} is ${show(valueAt(input, issue.path))}: ${issue.message}`;
};

/**
 * Checks what a user wrote and fills in the defaults.
 * @param what names the options in the message, such as "GRPO options".
 * @throws PavlovError with every problem.
 */
export const parseOptions = <S extends z.ZodObject>(schema: S, input: unknown, what: string): z.output<S> => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const known = Object.keys(schema.shape);
  const problems = parsed.error.issues.map((issue) => describeIssue(issue, input, known));
  throw new PavlovError(`${what}: ${problems.join("; ")}`);
};
