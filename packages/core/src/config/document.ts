/** A config file as parsed: its value, and where each key and value of it stands. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node, type Pair } from "yaml";
import { lineAndColumn, parseJSON } from "../dataset/json-syntax.js";
import { PavlovError, type ErrorLocation } from "../error.js";

/** Keys and list positions from the config's root. */
export type ConfigPath = readonly (string | number)[];

/** Which of a key's two positions is meant. */
export type ConfigPart = "key" | "value";

export interface ConfigDocument {
  readonly value: unknown;
  /**
   * Where the path's key or value stands; where there is no such key, the nearest existing one above it. Undefined
   * for configs that are programs.
   */
  locate(path: ConfigPath, part: ConfigPart): ErrorLocation | undefined;
}

/**
 * Parses YAML 1.2 (with `<<` merges).
 *
 * @param file the file's name in messages
 * @throws PavlovError with every syntax error's line and column.
 */
export function parseYAML(text: string, file: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const locate = (offset: number): ErrorLocation => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  if (document.errors.length > 0) {
    fail(document.errors.map((error) => ({ location: locate(error.pos[0]), message: sentence(error.message) })));
  }
  const forbidden = findForbiddenKey(document.contents as Node | null);
  if (forbidden) fail([{ location: locate(forbidden.range?.[0] ?? 0), message: 'the key "__proto__" is not allowed' }]);

  let value: unknown;
  try {
    value = document.toJS();
  } catch (cause) {
    throw new PavlovError(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  return { value, locate: (path, part) => locate(findOffset(document, path, part)) };
}

/**
 * Parses JSON.
 *
 * @param file the file's name in messages
 * @throws PavlovError at the line and column of the first syntax error, or of a key that stands twice.
 */
export function parseJSONDocument(text: string, file: string): ConfigDocument {
  const parsed = parseJSON(text);
  if (!parsed.ok) {
    const location = { file, ...lineAndColumn(text, parsed.problem.offset) };
    fail([{ location, message: `not valid JSON: ${parsed.problem.message}` }]);
  }
  // JSON is YAML, and the YAML parser knows where everything stands.
  return parseYAML(text, file);
}

function fail(problems: readonly { readonly location: ErrorLocation; readonly message: string }[]): never {
  const lines = problems.map(({ location, message }) => `${formatLocation(location)}: ${message}`);
  throw new PavlovError(lines.join("\n"), { location: problems[0]?.location });
}

/** `pavlov.config.yaml:7:3`. */
export function formatLocation({ file, line, column }: ErrorLocation): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}

function sentence(message: string): string {
  if (message === "Map keys must be unique") return "this key stands twice in one place; remove one of them";
  return `not valid YAML: ${message}`;
}

function findForbiddenKey(node: Node | null): Node | undefined {
  if (isMap<Node, Node | null>(node)) {
    for (const { key, value } of node.items) {
      if (isScalar(key) && key.value === "__proto__") return key;
      const found = findForbiddenKey(value);
      if (found) return found;
    }
  } else if (isSeq<Node>(node)) {
    for (const item of node.items) {
      const found = findForbiddenKey(item);
      if (found) return found;
    }
  }
  return undefined;
}

function findOffset(document: Document, path: ConfigPath, part: ConfigPart): number {
  let node = document.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const [depth, segment] of path.entries()) {
    const container = isAlias(node) ? (node.resolve(document) as Node | undefined) : node;
    const pair = isMap<Node, Node | null>(container)
      ? container.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment))
      : undefined;
    const child = isSeq<Node>(container) ? (container.items[Number(segment)] ?? null) : (pair?.value ?? null);
    const known = pair ?? child;
    if (known === null) return offset;
    const isLast = depth === path.length - 1;
    offset = offsetOf(pair, child, isLast ? part : "key") ?? offset;
    node = child;
  }
  return offset;
}

function offsetOf(pair: Pair<Node, Node | null> | undefined, child: Node | null, part: ConfigPart): number | undefined {
  const key = pair?.key.range?.[0];
  const value = child?.range?.[0];
  return part === "key" ? (key ?? value) : (value ?? key);
}
