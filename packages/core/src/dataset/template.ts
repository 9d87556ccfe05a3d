/** Prompts written around columns: `What is {{a}} + {{b}}?`. Nothing but the substitution of values. */
import { PavlovError } from "../error.js";
import { rowError } from "./raw-row.js";
import type { RowLocation } from "./types.js";

type Part = { readonly text: string } | { readonly column: string };

/** A template that was read once, to be filled for every row. */
export interface Template {
  /** The columns it names, each once. */
  readonly columns: readonly string[];
  /**
   * The text with the row's values in place. Text is put in as it is and never expanded again; numbers and booleans
   * as JavaScript prints them, lists and objects as JSON.
   *
   * @throws PavlovError where a value is null or missing.
   */
  render(values: Readonly<Record<string, unknown>>, location: RowLocation): string;
}

/**
 * Reads a template.
 *
 * @throws PavlovError when a `{{` has no `}}`, or nothing stands between them.
 */
export function parseTemplate(source: string): Template {
  const parts: Part[] = [];
  let at = 0;
  for (let open = source.indexOf("{{"); open !== -1; open = source.indexOf("{{", at)) {
    const close = source.indexOf("}}", open);
    if (close === -1) throw new PavlovError(`Template ${JSON.stringify(source)} has a {{ without }}`);
    const column = source.slice(open + 2, close).trim();
    if (column === "") throw new PavlovError(`Template ${JSON.stringify(source)} has {{}} without a column's name`);
    parts.push({ text: source.slice(at, open) }, { column });
    at = close + 2;
  }
  parts.push({ text: source.slice(at) });
  const columns = [...new Set(parts.flatMap((part) => ("column" in part ? [part.column] : [])))];
  if (columns.length === 0) {
    throw new PavlovError(`Template ${JSON.stringify(source)} names no column; write one as {{column}}`);
  }
  return {
    columns,
    render(values, location) {
      return parts.map((part) => ("text" in part ? part.text : valueText(values, part.column, location))).join("");
    },
  };
}

function valueText(values: Readonly<Record<string, unknown>>, column: string, location: RowLocation): string {
  const value = Object.hasOwn(values, column) ? values[column] : undefined;
  if (value === null || value === undefined) {
    throw rowError(
      location,
      `column "${column}" of the template is ${value === null ? "null" : "missing"} in this row`,
    );
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
