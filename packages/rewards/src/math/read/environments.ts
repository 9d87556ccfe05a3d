// \begin{…} … \end{…}: matrices, determinants, cases, aligned lines.
import { call, type Node, NOTHING, text, tree, variables } from "./nodes.js";
import { at, bracketed, nested, peek, type Reader, take, unreadable } from "./reader.js";

const MATRIX = /^(?:[pbBvV]?(?:small)?matrix|array|tabular)\*?$/;
const LINES = /^(?:align|aligned|gather|gathered|equation|split|multline|eqnarray|alignat)\*?$/;
const CONDITION_WORD = /^(?:if|for|where|when|otherwise|else|and|or)\b/i;

/** The name in braces after \begin or \end, whose letters were cut into tokens. */
function readName(reader: Reader): string {
  if (!take(reader, "{")) return unreadable(reader);
  let name = "";
  for (let token = peek(reader); token !== undefined && token.value !== "}"; token = peek(reader)) {
    name += token.value;
    reader.position++;
  }
  reader.position++;
  return name;
}

/** After \begin. */
export function readEnvironment(reader: Reader): Node {
  const name = readName(reader);
  if (MATRIX.test(name)) {
    if ((name === "array" || name === "tabular") && at(reader, "{")) readName(reader);
    const rows = readRows(reader);
    if (name === "array" && areRelations(rows)) return tree("list", rows.flat());
    const width = rows[0]?.length ?? 0;
    if (width === 0 || rows.some((row) => row.length !== width)) return unreadable(reader, "the rows differ in length");
    const matrix = tree("matrix", rows.map(toRow));
    return name.startsWith("v") ? call("det", matrix) : matrix;
  }
  if (name === "cases" || name === "dcases" || name === "rcases") {
    const rows = readRows(reader);
    return areRelations(rows) ? tree("list", rows.flat()) : tree("cases", rows.map(toRow));
  }
  if (LINES.test(name)) {
    const { elements } = bracketed(reader, false, () => reader.grammar.elements(reader, ["end"]));
    readName(reader);
    if (isSystem(elements)) return tree("list", elements);
    const last = elements.at(-1);
    return last === undefined ? unreadable(reader, "there is nothing in it") : last;
  }
  return unreadable(reader, `the environment ${name} is not known`);
}

const areRelations = (rows: readonly (readonly Node[])[]): boolean =>
  rows.every((row) => row.length === 1 && row[0]?.kind === "relation");

/** Whether each line says what another name stands for, and none is worked out from one of them. */
function isSystem(lines: readonly Node[]): boolean {
  const names = new Set(
    lines.map(({ kind, name, parts }) => (kind === "relation" && name === "=" && parts[0].name) || ""),
  );
  const used = lines.flatMap(({ parts }) => [...variables(parts[1] ?? NOTHING)]);
  const areNames = lines.every(({ parts }) => parts[0]?.kind === "symbol");
  return lines.length > 1 && areNames && names.size === lines.length && !used.some((name) => names.has(name));
}

const toRow = (cells: readonly Node[]): Node => tree("row", cells);

/** Cells separated by & in rows separated by \\, up to \end{…}. */
function readRows(reader: Reader): Node[][] {
  return bracketed(reader, true, () =>
    nested(reader, () => {
      const rows: Node[][] = [];
      let row: Node[] = [];
      for (;;) {
        if (peek(reader) === undefined) return unreadable(reader, "\\end is missing");
        if (take(reader, "end")) {
          readName(reader);
          if (row.length > 0) rows.push(row);
          return rows;
        }
        if (take(reader, "\\\\")) {
          if (row.length > 0) rows.push(row);
          row = [];
        } else if (!take(reader, "&") && !take(reader, ",")) {
          const word = peek(reader);
          if (
            (word?.type === "text" || word?.type === "word" || word?.value === "and" || word?.value === "or") &&
            CONDITION_WORD.test(word.value)
          ) {
            reader.position++;
            if (/^(?:otherwise|else)/i.test(word.value)) row.push(text("otherwise"));
          } else row.push(reader.grammar.statement(reader));
        }
      }
    }),
  );
}
