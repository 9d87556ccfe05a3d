/** An error as its user reads it: one sentence, where, what to do; the stack only when it is asked for. */
import { relative } from "node:path";
import { errorMessage, PavlovError } from "@pavlov/core";
import type { Colors } from "./colors.js";

/** The lines for standard error. A failure that is not a {@link PavlovError} is a defect, and says how to report it. */
export function errorLines(error: unknown, debug: boolean, colors: Colors): string[] {
  const label = `${colors.red(colors.bold("error:"))} `;
  const expected = PavlovError.isInstance(error);
  const lines = [`${label}${where(error)}${errorMessage(error)}`];
  if (expected && error.hint !== undefined) lines.push(`${colors.dim("hint:")}  ${error.hint}`);
  if (debug) lines.push(...stacks(error).map((stack) => colors.dim(stack)));
  else if (!expected)
    lines.push(`${colors.dim("hint:")}  This was not foreseen. Run again with --debug to see where it happened.`);
  return lines;
}

/** `pavlov.config.yaml:3:1: `, where the error knows it and its message does not say it already. */
function where(error: unknown): string {
  if (!PavlovError.isInstance(error) || error.location === undefined) return "";
  const { file, line, column } = error.location;
  const path = relative("", file);
  const shown = path.startsWith("..") ? file : path;
  const place = [shown, line, column].filter((part) => part !== undefined).join(":");
  return error.message.includes(shown) ? "" : `${place}: `;
}

function stacks(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = error.stack ?? String(error);
  return error.cause === undefined ? [own] : [own, ...stacks(error.cause).map((stack) => `caused by: ${stack}`)];
}
