// Pieces of Markdown: texts that hold its signs, tables, code of any kind.

/**
 * Text for a table's cell: its bars and line breaks do not end the cell, nor do its tags open HTML.
 * @param {string} text
 */
export const cell = (text) =>
  escapeTags(text)
    .replaceAll("|", "\\|")
    .replaceAll(/\s*\n\s*/g, " ");

/**
 * Text outside of a table.
 * @param {string} text
 */
export const escapeTags = (text) =>
  text
    .split("`")
    // What stands between backticks is shown as it is.
    .map((part, index) => (index % 2 === 0 ? part.replaceAll(/[<>*]/g, "\\$&") : part))
    .join("`");

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows Markdown, of which {@link cell} makes what may stand in a table
 */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/**
 * A value as code on one line, longer than any run of backticks in it.
 * @param {unknown} value a text, which is shown as a JSON string where it holds line breaks, or a JSON value
 */
export function code(value) {
  const isPlain = typeof value === "string" && value !== "" && value.trim() === value && !/[\n\t]/.test(value);
  const text = isPlain ? value : JSON.stringify(value);
  const fence = "`".repeat(longestRun(text) + 1);
  const space = text.startsWith("`") || text.endsWith("`") ? " " : "";
  return `${fence}${space}${text}${space}${fence}`;
}

/**
 * A block of code.
 * @param {string} language
 * @param {string} text
 */
export function block(language, text) {
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text.replace(/\n$/, "")}\n${fence}`;
}

const longestRun = (text) => Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
