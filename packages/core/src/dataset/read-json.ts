/** JSON: one list of objects. The list is split while it is read, so that each row knows its line. */
import { lineAndColumn, parseJSON } from "./json-syntax.js";
import { rowError, type RawRow, type SourceFile } from "./raw-row.js";
import { rowObject } from "./read-jsonl.js";
import { readText } from "./read-text.js";

type Expecting = "list" | "first" | "value" | "separator" | "end";

interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Rows of a JSON file that is one list, a batch for each chunk of the file.
 *
 * @throws PavlovError at the line and column of what is not a list of JSON objects.
 */
export async function* readJSONArray(file: SourceFile): AsyncGenerator<readonly RawRow[], void, void> {
  const splitter = new ArraySplitter(file.name);
  for await (const text of readText(file)) yield splitter.add(text);
  splitter.end();
}

/** Finds the elements of a list in a stream of text: brackets outside strings are counted, nothing else is read. */
class ArraySplitter {
  readonly #file: string;
  #expecting: Expecting = "list";
  #element = "";
  #start: Position = { line: 1, column: 1 };
  #depth = 0;
  #inString = false;
  #escaped = false;
  #line = 1;
  #column = 0;

  constructor(file: string) {
    this.#file = file;
  }

  add(text: string): RawRow[] {
    const rows: RawRow[] = [];
    let begin = this.#element === "" ? -1 : 0;
    for (let at = 0; at < text.length; at++) {
      const character = text.charAt(at);
      this.#column++;
      const inside = begin !== -1;
      if (inside && !this.#ends(character)) {
        this.#advance(character);
      } else {
        if (inside) {
          rows.push(this.#row(this.#element + text.slice(begin, at)));
          this.#element = "";
          begin = -1;
        }
        if (this.#between(character)) {
          begin = at;
          this.#start = { line: this.#line, column: this.#column };
          this.#advance(character);
        }
      }
      if (character === "\n") {
        this.#line++;
        this.#column = 0;
      }
    }
    if (begin !== -1) this.#element += text.slice(begin);
    return rows;
  }

  end(): void {
    if (this.#element !== "") this.#row(this.#element);
    if (this.#expecting === "end") return;
    const what = this.#expecting === "list" ? "the file is empty; expected a list of rows" : 'expected "]"';
    this.#fail(`not valid JSON: ${what}, but the text ends`, { line: this.#line, column: this.#column + 1 });
  }

  /** Whether this character closes the element that is being read: a comma or bracket of the list itself. */
  #ends(character: string): boolean {
    return this.#depth === 0 && !this.#inString && (character === "," || character === "]");
  }

  #advance(character: string): void {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (character === "\\") this.#escaped = true;
      else if (character === '"') this.#inString = false;
    } else if (character === '"') this.#inString = true;
    else if (character === "{" || character === "[") this.#depth++;
    else if (character === "}" || character === "]") this.#depth--;
  }

  /** Takes one character outside the elements; true where an element begins. */
  #between(character: string): boolean {
    if (character === " " || character === "\t" || character === "\r" || character === "\n") return false;
    const here = { line: this.#line, column: this.#column };
    switch (this.#expecting) {
      case "list":
        if (character === "{") {
          this.#fail('a .json dataset is one list of rows; for one object to a line say "format: jsonl"', here);
        }
        if (character !== "[") this.#fail(`not valid JSON: expected "[" at ${JSON.stringify(character)}`, here);
        this.#expecting = "first";
        return false;
      case "first":
      case "value":
        if (character === "]" && this.#expecting === "first") {
          this.#expecting = "end";
          return false;
        }
        if (character === "," || character === "]") {
          this.#fail(`not valid JSON: expected a row at "${character}"`, here);
        }
        this.#expecting = "separator";
        return true;
      case "separator":
        this.#expecting = character === "," ? "value" : "end";
        return false;
      case "end":
        return this.#fail(`not valid JSON: expected the end of the file at ${JSON.stringify(character)}`, here);
    }
  }

  #row(text: string): RawRow {
    const parsed = parseJSON(text);
    const start = this.#start;
    if (!parsed.ok) {
      const { offset, trailing, message } = parsed.problem;
      const { line, column } = lineAndColumn(text, offset);
      this.#fail(`not valid JSON: ${trailing ? 'expected "," or "]" after a row' : message}`, {
        line: start.line + line - 1,
        column: line === 1 ? start.column + column - 1 : column,
      });
    }
    return { values: rowObject(parsed.value, { file: this.#file, ...start }), line: start.line };
  }

  #fail(message: string, position: Position): never {
    throw rowError({ file: this.#file, ...position }, message);
  }
}
