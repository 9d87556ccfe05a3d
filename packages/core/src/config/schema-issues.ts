/** Says zod's issues as sentences of the config: what the option must be, what was given, and the nearest name. */
import type { $ZodIssue, $ZodType } from "zod/v4/core";
import { withoutSecrets } from "../hidden-secrets.js";
import { nearest } from "../nearest-name.js";
import type { ConfigPart, ConfigPath } from "./document.js";
import { remedy } from "./overrides.js";
import { knownKeys } from "./schema-walk.js";

/** One thing that is wrong with a config. */
export interface ConfigProblem {
  readonly path: ConfigPath;
  /** Whether the key or its value is wrong. */
  readonly part: ConfigPart;
  readonly message: string;
}

/**
 * The issues as problems, in the order of the issues.
 *
 * @param schema what the value was held to
 * @param value the config before validation
 */
export function describeIssues(issues: readonly $ZodIssue[], schema: $ZodType, value: unknown): ConfigProblem[] {
  return issues.flatMap((issue) => describe(issue, toPath(issue.path), schema, value));
}

function describe(issue: $ZodIssue, path: ConfigPath, schema: $ZodType, root: unknown): ConfigProblem[] {
  const name = path.length === 0 ? "the config" : path.join(".");
  const given = valueAt(root, path);
  const must = (expectation: string): ConfigProblem[] =>
    given === undefined
      ? [{ path, part: "value", message: `${name} is missing; it must be ${expectation}` }]
      : [
          {
            path,
            part: "value",
            message: `${name} must be ${expectation}, not ${show(given, String(path.at(-1) ?? ""))}`,
          },
        ];
  switch (issue.code) {
    case "unrecognized_keys": {
      const { names } = knownKeys(schema, path);
      return issue.keys.map((key) => ({
        path: [...path, key],
        part: "key",
        message:
          reasonFor(key, issue.message) ??
          `unknown option "${key}"${path.length === 0 ? "" : ` in ${name}`}.${remedy(key, { names, schema })}`,
      }));
    }
    case "invalid_type":
      return must(typeNames[issue.expected] ?? issue.expected);
    case "invalid_value": {
      const values = issue.values.map((option) => (typeof option === "string" ? option : String(option)));
      const meant = typeof given === "string" ? nearest(given, values) : undefined;
      const problems = must(list(values));
      if (meant === undefined) return problems;
      return problems.map((problem) => ({ ...problem, message: `${problem.message}. Did you mean "${meant}"?` }));
    }
    case "too_small":
      return must(
        bound(issue.origin, issue.exact ? "exactly" : issue.inclusive ? "at least" : "more than", issue.minimum),
      );
    case "too_big":
      return must(
        bound(issue.origin, issue.exact ? "exactly" : issue.inclusive ? "at most" : "less than", issue.maximum),
      );
    case "not_multiple_of":
      return must(`a multiple of ${issue.divisor}`);
    case "invalid_union":
      return describeUnion(issue.errors, path, schema, root, must);
    case "invalid_key":
      return issue.issues.map(({ message }) => ({ path, part: "key", message: `${name}: ${message}` }));
    default:
      return [{ path, part: "value", message: path.length === 0 ? issue.message : `${name}: ${issue.message}` }];
  }
}

/** What the schema itself says about an unknown option: a part `<option>: <reason>` of its message. */
function reasonFor(key: string, message: string): string | undefined {
  return message.split("; ").find((part) => part.startsWith(`${key}: `));
}

/** Of a union, the option that the value was meant for: one of its kind, and the one that went best. */
function describeUnion(
  options: readonly (readonly $ZodIssue[])[],
  path: ConfigPath,
  schema: $ZodType,
  root: unknown,
  must: (expectation: string) => ConfigProblem[],
): ConfigProblem[] {
  const ofKind = options.filter((issues) => !issues.some((issue) => isWrongKind(issue)));
  const best = ofKind.sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0];
  if (best !== undefined) {
    return best.flatMap((issue) => describe(issue, [...path, ...toPath(issue.path)], schema, root));
  }
  const kinds = options.flatMap((issues) =>
    issues.map((issue) => {
      if (issue.code === "invalid_type") return typeNames[issue.expected] ?? issue.expected;
      return issue.code === "invalid_value" ? list(issue.values.map(String)) : issue.message;
    }),
  );
  return must([...new Set(kinds)].join(" or "));
}

function isWrongKind(issue: $ZodIssue): boolean {
  return issue.path.length === 0 && ["invalid_type", "invalid_value", "custom"].includes(issue.code);
}

function depth(issues: readonly $ZodIssue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length));
}

const typeNames: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping of options",
  record: "a mapping of names",
  null: "null",
};

function bound(origin: string, relation: string, limit: number | bigint): string {
  if (origin === "string") return `text of ${relation} ${limit} characters`;
  if (origin === "array" || origin === "set") return `a list of ${relation} ${limit}`;
  return `${relation} ${limit}`;
}

function list(values: readonly string[]): string {
  return values.length < 2 ? (values[0] ?? "") : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}

function show(given: unknown, name: string): string {
  const value = typeof given === "string" ? withoutSecrets(given, name) : given;
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "a mapping";
  if (typeof value === "function") return "a function";
  const text = typeof value === "string" ? `the text ${JSON.stringify(value)}` : String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function toPath(path: readonly PropertyKey[]): ConfigPath {
  return path.map((segment) => (typeof segment === "symbol" ? String(segment) : segment));
}

function valueAt(root: unknown, path: ConfigPath): unknown {
  let current = root;
  for (const segment of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, segment)) return undefined;
    current = (current as Readonly<Record<string | number, unknown>>)[segment];
  }
  return current;
}
