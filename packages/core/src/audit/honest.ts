/** How an honest completion looks for a composite: the form, the reading of the dataset and the thinking that pay best. */
import { parseTemplate } from "../dataset/template.js";
import type { DatasetRow } from "../dataset/types.js";
import { PavlovError } from "../error.js";
import { type AnswerSource, answerSources, distinctAnswers, promptText, wrongAnswers } from "./answers.js";
import { isSameAnswer, type Target, withConfidence } from "./attack.js";
import { type Form, forms } from "./forms.js";
import { firstStyles, nearbyStyles, thinkingStyles, type ThinkingStyle } from "./prose.js";
import type { ScoreCompletions } from "./score-completions.js";

/** An honest completion in the making. */
export interface HonestStyle {
  readonly source: AnswerSource;
  readonly form: Form;
  readonly thinking: ThinkingStyle;
}

/** Honest completions of one row. */
export interface HonestRow {
  readonly row: DatasetRow;
  readonly target: Target;
  /** Undefined where the dataset has no answer. */
  readonly right: string | undefined;
  /** The same, and sure of it. */
  readonly sure: string | undefined;
  /** Best form first, then other wrong answers, then other thinking and stated confidences. */
  readonly wrong: readonly string[];
}

/** What the search is given. */
export interface HonestSearch {
  /** All rows, for wrong answers. */
  readonly rows: readonly DatasetRow[];
  /** The rows that are attacked. */
  readonly chosen: readonly DatasetRow[];
  /** The columns that the rewards read. */
  readonly read: readonly string[];
  readonly score: ScoreCompletions;
  /** Scoring is slow or costs money: few forms are tried, on one row. */
  readonly sparing: boolean;
  /** An honest completion with `{{column}}` for the row's values, instead of the search. */
  readonly template?: string | undefined;
}

/** Rows on which forms are compared. */
const SEARCHED = 3;

/** How sure an honest answer may say that it is. */
const CONFIDENCES = ["0", "1"] as const;

/** Scores nearer than this are the same. */
const ROUNDING = 1e-9;

/** A dataset without answers: they can be anything, and all are the same to the rewards. */
const noAnswers: AnswerSource = {
  name: "none: the dataset has no column of answers",
  column: "",
  read: () => undefined,
};

/** Finds the honest style, and makes each chosen row's honest completions in it. */
export async function findHonest(search: HonestSearch): Promise<{ style: HonestStyle; rows: readonly HonestRow[] }> {
  const { rows, chosen, template } = search;
  const others = rows.filter((row) => !chosen.includes(row)).map(promptText);
  const styles = search.sparing
    ? [...firstStyles]
    : thinkingStyles(others.length > 0 ? others : chosen.map(promptText));
  const given = template === undefined ? undefined : templateStyles(template, chosen);
  const style = await searchStyle(search, styles, given);
  const values = distinctAnswers(rows, style.source);
  return { style, rows: chosen.map((row) => honestRow(row, style, styles, values, rows.indexOf(row))) };
}

function honestRow(
  row: DatasetRow,
  { source, form, thinking }: HonestStyle,
  styles: readonly ThinkingStyle[],
  values: readonly string[],
  place: number,
): HonestRow {
  const answer = source.read(row);
  const wrong = wrongAnswers(answer, values, place);
  const write = (text: string, thought = thinking.text): string => form.write(text, thought);
  const [first = ""] = wrong;
  const confidences = CONFIDENCES.filter((value) => answer === undefined || !isSameAnswer(value, answer));
  const completions = [
    ...wrong.slice(0, 3).map((text) => write(text)),
    ...styles.map(({ text }) => write(first, text)),
    ...confidences.map((value) => withConfidence(write(first), value)),
  ];
  return {
    row,
    target: { prompt: promptText(row), answer, wrong, values, write },
    right: answer === undefined ? undefined : write(answer),
    sure: answer === undefined ? undefined : withConfidence(write(answer), "1"),
    wrong: [...new Set(completions)],
  };
}

async function searchStyle(
  { chosen, rows, read, sparing, score }: HonestSearch,
  styles: readonly ThinkingStyle[],
  given: readonly HonestStyle[] | undefined,
): Promise<HonestStyle> {
  const searched = chosen.slice(0, sparing ? 1 : SEARCHED);
  const every = given ?? usualStyles(answerSources(chosen, read), sparing);
  const best = every.length === 1 ? (every[0] as HonestStyle) : await bestOf(every, searched, rows, score);
  if (sparing) return best;
  const think = (thinking: ThinkingStyle): HonestStyle => ({ ...best, thinking });
  const better = await bestOf([best, ...styles.map(think)], searched, rows, score);
  return bestOf([better, ...nearbyStyles(better.thinking).map(think)], searched, rows, score);
}

function usualStyles(found: readonly AnswerSource[], sparing: boolean): readonly HonestStyle[] {
  const sources = found.length === 0 ? [noAnswers] : sparing ? firstOfColumns(found) : found;
  const tried = sparing ? firstStyles.slice(0, 1) : firstStyles;
  return sources.flatMap((source) => forms.flatMap((form) => tried.map((thinking) => ({ source, form, thinking }))));
}

/** Columns that are tried where scoring is slow or costs money: what rewards of code read first are tests, no answers. */
const SPARING_COLUMNS = 3;

/** The first reading of each of the first columns. */
function firstOfColumns(sources: readonly AnswerSource[]): readonly AnswerSource[] {
  const first = new Map<string, AnswerSource>();
  for (const source of sources) if (!first.has(source.column)) first.set(source.column, source);
  return [...first.values()].slice(0, SPARING_COLUMNS);
}

/** The first of the styles whose right answers earn most, and then most beyond wrong ones. */
async function bestOf(
  styles: readonly HonestStyle[],
  searched: readonly DatasetRow[],
  rows: readonly DatasetRow[],
  score: ScoreCompletions,
): Promise<HonestStyle> {
  const right = styles.map(() => 0);
  const spread = styles.map(() => 0);
  const values = new Map<AnswerSource, readonly string[]>();
  for (const row of searched) {
    const pairs = styles.map(({ source, form, thinking }) => {
      const known = values.get(source) ?? distinctAnswers(rows, source);
      values.set(source, known);
      const answer = source.read(row);
      const [wrong = ""] = wrongAnswers(answer, known, rows.indexOf(row));
      return [answer ?? wrong, wrong].map((text) => form.write(text, thinking.text));
    });
    // Attacks of groups need company; in the search every completion has that of the first form's wrong answer.
    const scored = await score(row, pairs.flat(), [pairs[0]?.[1] ?? ""]);
    for (const index of styles.keys()) {
      const [good, bad] = [scored[2 * index]?.total ?? -Infinity, scored[2 * index + 1]?.total ?? -Infinity];
      right[index] = (right[index] ?? 0) + good;
      spread[index] = (spread[index] ?? 0) + (good === bad ? 0 : good - bad);
    }
  }
  let best = 0;
  for (const index of styles.keys()) {
    const gain = (right[index] ?? 0) - (right[best] ?? 0);
    const isSame = right[index] === right[best] || Math.abs(gain) <= ROUNDING;
    if ((!isSame && gain > 0) || (isSame && (spread[index] ?? 0) > (spread[best] ?? 0) + ROUNDING)) best = index;
  }
  return styles[best] as HonestStyle;
}

/**
 * A template's column holds the answer, in each reading that the rows allow.
 * @throws PavlovError for a template that does not name the one column of the answer.
 */
function templateStyles(text: string, chosen: readonly DatasetRow[]): readonly HonestStyle[] {
  const template = parseTemplate(text.trimEnd());
  const names = [...new Set(chosen.flatMap((row) => Object.keys(row.columns)))];
  const columns = template.columns.filter((column) => column !== "thinking");
  const [column = ""] = columns;
  if (columns.length !== 1 || !names.includes(column)) {
    const named = columns.map((each) => `{{${each}}}`).join(", ") || "none";
    throw new PavlovError(
      `The honest template must name the one column that holds the right answer (${names.join(", ")}); it names ${named}.`,
      {
        hint: "For example: <think>{{thinking}}</think><answer>{{answer}}</answer>, where {{thinking}} becomes prose.",
      },
    );
  }
  const location = { file: "the honest template", line: 1 };
  const write = (answer: string, thinking: string) => template.render({ thinking, [column]: answer }, location);
  const form: Form = { name: "the template", write };
  const sources = answerSources(chosen, [column]).filter(({ name }) => name.startsWith(`column "${column}"`));
  const [thinking = { name: "no thinking", text: "" }] = firstStyles;
  return (sources.length === 0 ? [noAnswers] : sources).map((source) => ({ source, form, thinking }));
}
