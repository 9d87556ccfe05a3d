/** Rows under aligned columns that fit the terminal: the last column takes what is left, and goes on below itself. */
import type { Colors } from "./colors.js";
import { columnsOf, cut, fill, padEnd } from "./text.js";

export interface Table {
  /** Titles of the columns; a table without titles has only rows. */
  readonly titles?: readonly string[];
  /** Plain text, as many cells in each as there are columns. */
  readonly rows: readonly (readonly string[])[];
  /** The widest that a column but the last may be, by its position; what is wider is broken into lines. */
  readonly limits?: readonly number[];
  /** The most lines of a cell; what does not fit is cut. */
  readonly mostLines?: number;
}

const gap = 2;
const indent = 2;
/** What the last column has at least. */
const least = 16;

/** The lines of a table, indented by two columns. */
export function tableLines({ titles, rows, limits = [], mostLines = Infinity }: Table, width: number, colors: Colors) {
  const all = titles === undefined ? rows : [titles, ...rows];
  const count = Math.max(0, ...all.map((row) => row.length));
  const widths = Array.from({ length: Math.max(0, count - 1) }, (_, column) =>
    Math.min(limits[column] ?? width, Math.max(0, ...all.map((row) => columnsOf(row[column] ?? "")))),
  );
  const used = indent + widths.reduce((sum, columns) => sum + columns + gap, 0);
  // Where hardly anything is left, the last column has lines of its own.
  const below = width - used < least;
  const room = Math.max(least, below ? width - 2 * indent - gap : width - used);

  return all.flatMap((row, index) => {
    const style = titles !== undefined && index === 0 ? colors.dim : (text: string) => text;
    const cells = Array.from({ length: count }, (_, column) => {
      const text = row[column] ?? "";
      return filled(text, column < count - 1 ? widths[column] || 1 : room, mostLines);
    });
    const last = below ? (cells.pop() ?? []) : [];
    const height = Math.max(...cells.map((cell) => cell.length));
    const lines = Array.from({ length: height }, (_, line) =>
      cells
        .map(
          (cell, column) =>
            padEnd(cell[line] ?? "", widths[column] ?? 0) + " ".repeat(column < widths.length ? gap : 0),
        )
        .join("")
        .trimEnd(),
    );
    const own = last.filter((line) => line !== "").map((line) => " ".repeat(indent + gap) + line);
    return [...lines.map((line) => " ".repeat(indent) + line), ...own].map((line) => style(line));
  });
}

function filled(text: string, width: number, mostLines: number): readonly string[] {
  const lines = fill(text, width);
  if (lines.length <= mostLines) return lines;
  return [...lines.slice(0, mostLines - 1), cut(`${lines[mostLines - 1]} ${lines[mostLines]}`, width)];
}
