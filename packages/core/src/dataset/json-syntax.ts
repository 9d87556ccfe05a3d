/** Parses JSON and says where it is wrong: V8's own messages leave the position out for short texts. */
import { printParseErrorCode, visit } from "jsonc-parser";

/** Where and why a text is not JSON. */
export interface JSONSyntaxProblem {
  /** UTF-16 units from the text's start. */
  readonly offset: number;
  readonly message: string;
  /** The value itself is complete; the offset is where something else follows it. */
  readonly trailing: boolean;
}

export type ParsedJSON =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: JSONSyntaxProblem };

const sentences: Readonly<Record<string, string>> = {
  PropertyNameExpected: "expected a property name in double quotes",
  ValueExpected: "expected a value",
  ColonExpected: 'expected ":"',
  CommaExpected: 'expected ","',
  CloseBraceExpected: 'expected "}"',
  CloseBracketExpected: 'expected "]"',
  EndOfFileExpected: "expected the end after the value",
  InvalidCommentToken: "JSON has no comments",
  UnexpectedEndOfComment: "JSON has no comments",
  UnexpectedEndOfString: "a string is not closed",
  UnexpectedEndOfNumber: "a number is not complete",
  InvalidUnicode: "invalid \\u escape in a string",
  InvalidEscapeCharacter: "invalid escape in a string",
  InvalidCharacter: "unescaped control character in a string",
};

/** `JSON.parse` with the offset of the first error. */
export function parseJSON(text: string): ParsedJSON {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, problem: findProblem(text) ?? { offset: 0, message: String(error), trailing: false } };
  }
}

function findProblem(text: string): JSONSyntaxProblem | undefined {
  let first: JSONSyntaxProblem | undefined;
  visit(
    text,
    {
      onError(error, offset, length) {
        if (first !== undefined && first.offset <= offset) return;
        const code = printParseErrorCode(error);
        const found = text.slice(offset, offset + Math.min(length, 20));
        const sentence = sentences[code] ?? "this is not a JSON value";
        const message = found === "" ? `${sentence}, but the text ends` : `${sentence} at ${JSON.stringify(found)}`;
        first = { offset, message, trailing: code === "EndOfFileExpected" };
      },
    },
    { disallowComments: true, allowTrailingComma: false },
  );
  return first;
}

/** Line and column, from 1, of an offset in a text. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let next = text.indexOf("\n"); next !== -1 && next < offset; next = text.indexOf("\n", start)) {
    line++;
    start = next + 1;
  }
  return { line, column: offset - start + 1 };
}
