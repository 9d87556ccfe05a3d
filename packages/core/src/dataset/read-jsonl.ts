/** JSON Lines: one object to a line; blank lines and carriage returns are skipped. */
import { parseJSON } from "./json-syntax.js";
import { describeKind, rowError, type RawRow, type SourceFile } from "./raw-row.js";
import { readText } from "./read-text.js";

/**
 * Rows of a JSONL file, a batch for each chunk of the file.
 *
 * @throws PavlovError at the line and column of a row that is not a JSON object.
 */
export async function* readJSONLines(file: SourceFile): AsyncGenerator<readonly RawRow[], void, void> {
  let rest = "";
  let line = 0;
  for await (const text of readText(file)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    const rows: RawRow[] = [];
    for (const content of lines) {
      line++;
      if (content.trim() !== "") rows.push({ values: parseRow(content, file.name, line), line });
    }
    yield rows;
  }
  if (rest.trim() !== "") yield [{ values: parseRow(rest, file.name, line + 1), line: line + 1 }];
}

function parseRow(text: string, file: string, line: number): Record<string, unknown> {
  const parsed = parseJSON(text);
  if (!parsed.ok) {
    throw rowError({ file, line, column: parsed.problem.offset + 1 }, `not valid JSON: ${parsed.problem.message}`);
  }
  const column = text.length - text.trimStart().length + 1;
  return rowObject(parsed.value, { file, line, column });
}

/** The value as a row, or an error at its place. */
export function rowObject(
  value: unknown,
  location: { readonly file: string; readonly line: number; readonly column: number },
): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const hint = Array.isArray(value) ? '; for a file that is one list of rows say "format: json"' : "";
    throw rowError(location, `a row must be an object such as {"prompt": "…"}, not ${describeKind(value)}${hint}`);
  }
  return value as Record<string, unknown>;
}
