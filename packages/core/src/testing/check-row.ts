/** Holds rows of a fixture file to their schema with ajv, and says what is wrong in a test author's words. */
import type { ErrorObject } from "ajv";
import { nearest, suggestion } from "../nearest-name.js";
import { formatPath } from "../schema/validate.js";
import { showValue } from "../scorer/outcome.js";
import { fixtureRowSchema, rowKeys } from "./fixture-schema.js";

/** One thing that is wrong with a row. */
export interface RowProblem {
  /** From the row's root. */
  readonly path: readonly (string | number)[];
  /** Whether the key or its value is wrong. */
  readonly part: "key" | "value";
  readonly message: string;
}

/** What is wrong with a row; nothing where it can be run. */
export type RowChecker = (row: unknown) => readonly RowProblem[];

/** What is shown to who gave something that is no row at all. */
export const exampleRow =
  '{"name": "right", "completion": "<answer>4</answer>", "columns": {"answer": "4"}, "score": 1}';

let compiled: Promise<RowChecker> | undefined;

/** The checker, compiled on first use. */
export function rowChecker(): Promise<RowChecker> {
  return (compiled ??= compile());
}

async function compile(): Promise<RowChecker> {
  const { Ajv } = await import("ajv");
  const ajv = new Ajv({ allErrors: true, verbose: true });
  const fits = ajv.compile(fixtureRowSchema);
  return (row) => {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      return [
        {
          path: [],
          part: "value",
          message: `a fixture must be an object such as ${exampleRow}, not ${showValue(row)}`,
        },
      ];
    }
    if (!fits(row)) {
      const problems = describe(fits.errors ?? [], row);
      if (problems.length > 0) return problems;
    }
    return contradictions(row as Row);
  };
}

type Row = Readonly<Record<string, unknown>>;

/** Of ajv's errors those that say something: not that a branch of the schema was taken, nor what each branch wanted. */
function describe(errors: readonly ErrorObject[], row: object): RowProblem[] {
  const choices = errors.filter(({ keyword }) => keyword === "anyOf" || keyword === "oneOf");
  const isWithin = (error: ErrorObject): boolean =>
    choices.some(
      (choice) =>
        choice !== error &&
        choice.instancePath === error.instancePath &&
        error.schemaPath.startsWith(`${choice.schemaPath}/`),
    );
  // A key that was mistyped is told as such, and not as missing as well.
  const meant = errors.flatMap(({ keyword, instancePath, params }) => {
    if (keyword !== "additionalProperties") return [];
    const key = nearest(String((params as Row)["additionalProperty"]), keysAt(pathOf(instancePath), row));
    return key === undefined ? [] : [`${instancePath}/${key}`];
  });
  const isMistyped = ({ keyword, instancePath, params }: ErrorObject): boolean => {
    if (keyword === "required") return meant.includes(`${instancePath}/${String((params as Row)["missingProperty"])}`);
    const isLacking = keyword === "oneOf" && (params as Row)["passingSchemas"] === null;
    return isLacking && (meant.includes("/score") || meant.includes("/error"));
  };
  return errors
    .filter((error) => error.keyword !== "if" && !isWithin(error) && !isMistyped(error))
    .map((error) => toProblem(error, row));
}

const pathOf = (pointer: string): readonly (string | number)[] => pointer.split("/").slice(1).map(pointerKey);

function toProblem(error: ErrorObject, row: object): RowProblem {
  const path = pathOf(error.instancePath);
  const params = error.params as Readonly<Record<string, unknown>>;
  const inside = path.length === 0 ? "the fixture" : `"${formatPath(path)}"`;
  switch (error.keyword) {
    case "additionalProperties": {
      const key = String(params["additionalProperty"]);
      const known = keysAt(path, row);
      const message = `${inside} has the unknown key "${key}".${suggestion(key, known) || ` There are ${known.join(", ")}.`}`;
      return { path: [...path, key], part: "key", message };
    }
    case "required": {
      const key = String(params["missingProperty"]);
      return { path, part: "value", message: `${inside} has no "${key}"` };
    }
    case "oneOf": {
      const both = params["passingSchemas"] !== null;
      const message = both
        ? 'a fixture has a "score" or an "error", and this one has both'
        : 'a fixture needs a "score" (a number, [lowest, highest], or null for abstaining) or an "error"';
      return { path, part: "value", message };
    }
    case "anyOf":
      return {
        path,
        part: "value",
        message: `${inside} must be a number, [lowest, highest] or null, not ${showValue(error.data)}`,
      };
    case "enum":
      return {
        path,
        part: "value",
        message: `${inside} must be ${(params["allowedValues"] as readonly unknown[]).map((value) => JSON.stringify(value)).join(" or ")}, not ${showValue(error.data)}`,
      };
    case "minItems":
    case "minLength":
      return { path, part: "value", message: `${inside} must not be empty` };
    case "type":
      return {
        path,
        part: "value",
        message: `${inside} must be ${kinds[String(params["type"])] ?? String(params["type"])}, not ${showValue(error.data)}`,
      };
    default:
      return {
        path,
        part: "value",
        message: `${inside} ${error.message ?? error.keyword}, not ${showValue(error.data)}`,
      };
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  integer: "a whole number",
  object: "an object",
  array: "a list",
};

/** The keys that may stand at a place of a row. */
function keysAt(path: readonly (string | number)[], row: object): readonly string[] {
  const [first, second] = path;
  if (path.includes("messages")) return rowKeys.message;
  if (first === "group" && second !== undefined) return rowKeys.member;
  if (first === "better" || first === "worse") return rowKeys.contender;
  if ("group" in row) return rowKeys.group;
  return "better" in row || "worse" in row ? rowKeys.pair : rowKeys.single;
}

/** What a schema cannot say. */
function contradictions(row: Row): RowProblem[] {
  const problems: RowProblem[] = [];
  const checkScore = (path: readonly (string | number)[], score: unknown) => {
    if (!Array.isArray(score) || Number(score[0]) <= Number(score[1])) return;
    problems.push({ path, part: "value", message: `the lowest score must come first, not ${showValue(score)}` });
  };
  checkScore(["score"], row["score"]);
  const members = (row["group"] ?? []) as readonly Row[];
  for (const [index, member] of members.entries()) {
    checkScore(["group", index, "score"], member["score"]);
    if (row["error"] === undefined || member["score"] === undefined) continue;
    const message = 'a group has scores or an "error", and this one has both';
    problems.push({ path: ["group", index, "score"], part: "key", message });
  }
  return problems;
}

function pointerKey(part: string): string | number {
  const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
  return /^\d+$/.test(key) ? Number(key) : key;
}
