/** CSV and TSV through csv-parse: the first line names the columns, every value is text. */
import { Readable } from "node:stream";
import { CsvError, parse, type Info } from "csv-parse";
import { rowError, type RawRow, type SourceFile } from "./raw-row.js";
import { readText } from "./read-text.js";

const batchRows = 256;

interface Parsed {
  readonly record: readonly string[];
  readonly info: Info;
}

/**
 * Rows of a CSV file; the delimiter is a tab in a `.tsv` file.
 *
 * @throws PavlovError at the line of a row that has more or fewer values than the header, or of a broken quote.
 */
export async function* readCSV(file: SourceFile): AsyncGenerator<readonly RawRow[], void, void> {
  const parser = parse({
    delimiter: file.path.toLowerCase().endsWith(".tsv") ? "\t" : ",",
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: 0,
  });
  const source = Readable.from(readText(file));
  source.on("error", (error) => parser.destroy(error));
  source.pipe(parser);

  let header: readonly string[] | undefined;
  let rows: RawRow[] = [];
  const lines = new LineCounter();
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      const line = lines.begin(record, info);
      if (header === undefined) {
        header = checkHeader(record, file.name, line);
        continue;
      }
      rows.push({ values: toValues(header, record, file.name, line), line });
      if (rows.length === batchRows) {
        yield rows;
        rows = [];
      }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error["lines"] === "number" ? lines.at(error["lines"]) : 1;
    throw rowError({ file: file.name, line }, syntaxSentence(error), error);
  } finally {
    source.destroy();
  }
  yield rows;
}

/**
 * The line where each record begins. csv-parse counts the line where a record ends, a quoted value may have spanned
 * several, and it counts a carriage return and newline inside quotes as two lines.
 */
class LineCounter {
  #countedTwice = 0;

  begin(record: readonly string[], info: Info): number {
    let breaks = 0;
    for (const value of record) {
      if (!value.includes("\n") && !value.includes("\r")) continue;
      breaks += value.match(/\r\n?|\n/g)?.length ?? 0;
      this.#countedTwice += value.match(/\r\n/g)?.length ?? 0;
    }
    return info.lines - breaks - this.#countedTwice;
  }

  at(counted: number): number {
    return counted - this.#countedTwice;
  }
}

function syntaxSentence(error: CsvError): string {
  if (error.code === "CSV_QUOTE_NOT_CLOSED") return "the file ends inside a quoted value; close its double quote";
  if (error.code === "INVALID_OPENING_QUOTE" || error.code === "CSV_INVALID_CLOSING_QUOTE") {
    return "a double quote stands inside a value; quote the whole value and write the inner quote twice";
  }
  return `not valid CSV: ${error.message}`;
}

function checkHeader(names: readonly string[], file: string, line: number): readonly string[] {
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined) throw rowError({ file, line }, `the header names the column "${repeated}" twice`);
  return names;
}

function toValues(header: readonly string[], record: readonly string[], file: string, line: number) {
  if (record.length !== header.length) {
    throw rowError(
      { file, line },
      `the row has ${record.length} values but the header has ${header.length} columns (${header.join(", ")}); ` +
        `put values that contain the delimiter in double quotes`,
    );
  }
  return Object.fromEntries(header.map((name, at) => [name, record[at]]));
}
