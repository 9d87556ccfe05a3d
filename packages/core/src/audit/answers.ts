/** Where a dataset keeps its right answers, and how a completion would say them: as letters, numbers, lists, JSON. */
import type { DatasetRow } from "../dataset/types.js";
import { isSameAnswer } from "./attack.js";

/** A way to read a row's right answer. */
export interface AnswerSource {
  /** As reports call it: `column "answer"`. */
  readonly name: string;
  readonly column: string;
  read(row: DatasetRow): string | undefined;
}

/** Columns that usually hold answers, in datasets whose rewards read none. */
const USUAL = ["answer", "solution", "target", "label", "ground_truth", "gold", "reference", "expected", "output"];
const DEMONSTRATIONS = ["completion", "response", "canonical_solution"];

/** Columns that are looked at: each is tried in every form. */
const MOST_COLUMNS = 6;

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** A value as a completion would say it. */
function asText(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) return value.map(String).join(", ");
  const text = typeof value === "object" ? JSON.stringify(value) : String(value).trim();
  return text === "" ? undefined : text;
}

/** What stands after the last ####, in the last box or the last <answer>, of a worked solution. */
function finalPart(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const marks = [/####([^\n]*)/g, /\\boxed\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}/g, /<answer>([^<]*)<\/answer>/g];
  for (const mark of marks) {
    const last = [...value.matchAll(mark)].at(-1)?.[1]?.trim();
    if (last !== undefined && last !== "" && last !== value.trim()) return last;
  }
  return undefined;
}

/** The letter of a choice that is given by its place or its text, where the row has a list of choices. */
function letterOf(value: unknown, { columns }: DatasetRow): string | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  for (const list of Object.values(columns)) {
    if (!Array.isArray(list) || list.length < 2 || list.length > LETTERS.length) continue;
    const byText = list.findIndex((choice) => String(choice) === String(value));
    const place = byText >= 0 ? byText : Number(value);
    if (Number.isInteger(place) && place >= 0 && place < list.length) return LETTERS.charAt(place);
  }
  return undefined;
}

const readings: readonly {
  readonly suffix: string;
  readonly read: (value: unknown, row: DatasetRow) => string | undefined;
}[] = [
  { suffix: ", what follows #### or stands in \\boxed", read: finalPart },
  { suffix: "", read: asText },
  {
    suffix: ", as JSON",
    read: (value) => (Array.isArray(value) ? JSON.stringify(value) : undefined),
  },
  { suffix: ", as a letter", read: letterOf },
];

/** Without whitespace and case, so that a column that holds the prompt is known as such. */
const bare = (text: string): string => text.replaceAll(/\s+/g, " ").trim().toLowerCase();

/** The prompt as text. */
export function promptText({ prompt }: DatasetRow): string {
  return typeof prompt === "string" ? prompt : prompt.map(({ content }) => content).join("\n");
}

/**
 * Ways to read right answers that work for all the rows.
 * @param read the columns that the rewards read, which are tried first
 */
export function answerSources(rows: readonly DatasetRow[], read: readonly string[]): readonly AnswerSource[] {
  const columns = [...new Set([...read, ...USUAL, ...DEMONSTRATIONS])]
    .filter((column) => rows.some((row) => Object.hasOwn(row.columns, column)))
    .filter((column) => !rows.every((row) => isPartOfPrompt(row, column)))
    .slice(0, MOST_COLUMNS);
  const sources = columns.flatMap((column) =>
    readings.map(({ suffix, read: reading }): AnswerSource => {
      return { name: `column "${column}"${suffix}`, column, read: (row) => reading(row.columns[column], row) };
    }),
  );
  return sources.filter(({ read: answer }) => rows.every((row) => answer(row) !== undefined));
}

/** Whether a column holds the question, which is no answer to it. */
function isPartOfPrompt(row: DatasetRow, column: string): boolean {
  const [text, prompt] = [asText(row.columns[column]), bare(promptText(row))];
  return (
    text !== undefined && prompt !== "" && (bare(text) === prompt || (text.length > 20 && prompt.includes(bare(text))))
  );
}

/** Different right answers of a dataset at most, and their characters together. */
const MOST_VALUES = 300;
const MOST_CHARACTERS = 20_000;

/** The right answers of a dataset's rows, each once. */
export function distinctAnswers(rows: readonly DatasetRow[], source: AnswerSource): readonly string[] {
  const found = new Map<string, string>();
  let characters = 0;
  for (const row of rows) {
    const answer = source.read(row);
    if (answer === undefined || found.has(bare(answer))) continue;
    characters += answer.length;
    if (found.size >= MOST_VALUES || characters > MOST_CHARACTERS) break;
    found.set(bare(answer), answer);
  }
  return [...found.values()];
}

/** Wrong answers for one row at least. */
const WRONG = 5;

/** Different wrong answers of the right answer's kind: those of other rows, and made ones where they are too few. */
export function wrongAnswers(answer: string | undefined, values: readonly string[], from: number): readonly string[] {
  const wrong: string[] = [];
  const offer = (candidate: string): void => {
    const known = [...wrong, ...(answer === undefined ? [] : [answer])];
    if (wrong.length < WRONG && !known.some((other) => isSameAnswer(other, candidate))) wrong.push(candidate);
  };
  for (let step = 1; step <= values.length && wrong.length < WRONG; step++) {
    offer(values[(from + step) % values.length] ?? "");
  }
  for (const made of madeAnswers(answer ?? values[0] ?? "")) offer(made);
  return wrong;
}

/** Answers of the same kind that no row has to have. */
function madeAnswers(like: string): string[] {
  const number = Number(like.replaceAll(/[,$%]/g, ""));
  if (like.trim() !== "" && Number.isFinite(number)) return [11, 27, 38, 59, 83, 97].map((by) => String(number + by));
  if (/^[A-Z]$/.test(like)) return [..."CABDE"].filter((letter) => letter !== like).concat("F");
  if (/^[[{]/.test(like)) return ['{"unknown": 1}', '{"other": "none"}', '["none"]', '{"nothing": []}', "[17]", "{}"];
  return ["none of these", "it cannot be known", "something else", "no such thing", "another one", "the other way"];
}
