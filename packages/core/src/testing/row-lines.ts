/** Rows of a fixture file in JSON Lines: one object to a line, blank lines skipped. */
import { findNodeAtLocation, parseTree, type Node } from "jsonc-parser";
import { parseJSON } from "../dataset/json-syntax.js";
import { PavlovError } from "../error.js";
import type { LocatedRow } from "./located-row.js";

/**
 * @param file the file's name in messages
 * @throws PavlovError at the line and column of what is no JSON, or of a key that stands twice.
 */
export function readRowLines(text: string, file: string): readonly LocatedRow[] {
  const rows: LocatedRow[] = [];
  const problems: { readonly line: number; readonly column: number; readonly message: string }[] = [];
  for (const [index, content] of splitLines(text).entries()) {
    if (content.trim() === "") continue;
    const line = index + 1;
    const parsed = parseJSON(content);
    if (!parsed.ok) {
      const { offset, message } = parsed.problem;
      problems.push({ line, column: offset + 1, message: `not valid JSON: ${message}` });
      continue;
    }
    const tree = parseTree(content);
    const double = tree && repeatedKey(tree);
    if (double) {
      const message = `the key ${JSON.stringify(double.value)} stands twice in one place; remove one of them`;
      problems.push({ line, column: double.offset + 1, message });
    }
    rows.push({
      value: parsed.value,
      line,
      locate: (path, part) => ({ line, column: (tree ? offsetOf(tree, path, part) : 0) + 1 }),
    });
  }
  const [first] = problems;
  if (first === undefined) return rows;
  const lines = problems.slice(0, 20).map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`);
  throw new PavlovError(lines.join("\n"), { location: { file, line: first.line, column: first.column } });
}

/** Without a byte order mark; a carriage return at a line's end is whitespace of JSON. */
function splitLines(text: string): readonly string[] {
  return text.replace(/^\ufeff/, "").split("\n");
}

/** UTF-16 units from the line's start of a path's key or value, or of the nearest that there is above it. */
function offsetOf(tree: Node, path: readonly (string | number)[], part: "key" | "value"): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node = findNodeAtLocation(tree, path.slice(0, depth));
    if (!node) continue;
    const isWhole = depth === path.length;
    const [key] = node.parent?.type === "property" ? (node.parent.children ?? []) : [];
    return (isWhole && part === "value" ? node : (key ?? node)).offset;
  }
  return tree.offset;
}

function repeatedKey(node: Node): Node | undefined {
  const seen = new Set<unknown>();
  for (const child of node.children ?? []) {
    const [key, value] = child.type === "property" ? (child.children ?? []) : [undefined, child];
    if (key) {
      if (seen.has(key.value)) return key;
      seen.add(key.value);
    }
    const inside = value && repeatedKey(value);
    if (inside) return inside;
  }
  return undefined;
}
