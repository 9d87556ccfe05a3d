/** Rows of a fixture file in YAML: one list. */
import { PavlovError } from "../error.js";
import type { LocatedRow } from "./located-row.js";

/**
 * @param file the file's name in messages
 * @throws PavlovError at the line and column of what is no YAML, or where the file is no list.
 */
export async function readRowList(text: string, file: string): Promise<readonly LocatedRow[]> {
  // Only who reads YAML loads its parser.
  const { formatLocation, parseYAML } = await import("../config/document.js");
  const document = parseYAML(withoutMark(text), file);
  const { value } = document;
  if (value === null || value === undefined) return [];
  const place = (path: readonly (string | number)[], part: "key" | "value") => {
    const { line = 1, column = 1 } = document.locate(path, part) ?? { file };
    return { line, column };
  };
  if (!Array.isArray(value)) {
    const location = { file, ...place([], "value") };
    throw new PavlovError(
      `${formatLocation(location)}: a fixture file in YAML is a list, each row of which begins with "- ".`,
      { location },
    );
  }
  return value.map((row: unknown, index) => ({
    value: row,
    line: place([index], "value").line,
    locate: (path, part) => place([index, ...path], part),
  }));
}

/** Without a byte order mark, which Windows' editors write and YAML's parser stumbles over. */
export function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, "");
}
