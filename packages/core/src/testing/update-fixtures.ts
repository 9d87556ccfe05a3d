/**
 * Records what a reward gives in its fixture file: only the values that change are replaced, in place, so that format,
 * comments and the order of keys stay as they are.
 */
import { findNodeAtLocation, parseTree } from "jsonc-parser";
import { displayName } from "../dataset/find-files.js";
import { PavlovError } from "../error.js";
import type { FixtureResult } from "./run-fixture.js";
import { metricsFit, scoreFits } from "./run-fixture.js";
import { parseFixtures } from "./read-fixtures.js";
import { withoutMark } from "./row-list.js";

/** A value of a row that is replaced. Plain data. */
export interface FixtureChange {
  /** The row's place in the file, from 0. */
  readonly row: number;
  /** The fixture's name. */
  readonly name: string;
  /** From the row's root: `["score"]`, `["group", 1, "reason"]`. */
  readonly path: readonly (string | number)[];
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * What would make a row that failed say what the reward gives. Nothing for pairs, and nothing where scoring failed or an
 * error was expected: those are no scores to record.
 *
 * @param row the fixture's place in its file, from 0
 */
export function changesOf(result: FixtureResult, row: number): readonly FixtureChange[] {
  if (result.kind !== "scored" || result.passed || result.problem !== undefined) return [];
  return result.comparisons.flatMap(({ expected, given, differences }, index): FixtureChange[] => {
    if (!given || differences.length === 0 || expected.score === undefined) return [];
    const path = result.isGroup ? ["group", index] : [];
    const change = (key: string, before: unknown, after: unknown) => ({
      row,
      name: result.name,
      path: [...path, key],
      before,
      after,
    });
    return [
      ...(scoreFits(given.score, expected.score) ? [] : [change("score", expected.score, given.score)]),
      ...(expected.reason === undefined || expected.reason === given.reason
        ? []
        : [change("reason", expected.reason, given.reason ?? "")]),
      ...(expected.metrics === undefined || metricsFit(given.metrics, expected.metrics)
        ? []
        : [change("metrics", expected.metrics, given.metrics ?? {})]),
    ];
  });
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * The text of a fixture file with the changes made.
 *
 * @param path the file's, whose extension says how the text is read
 * @throws PavlovError where a value does not stand in its row, as with YAML's merge keys.
 */
export async function updateFixtures(text: string, path: string, changes: readonly FixtureChange[]): Promise<string> {
  const edits = path.endsWith(".jsonl") ? editLines(text, path, changes) : await editList(text, path, changes);
  let updated = text;
  for (const { start, end, text: value } of edits.toSorted((left, right) => right.start - left.start)) {
    updated = updated.slice(0, start) + value + updated.slice(end);
  }
  // What is written can be read again, or nothing is written.
  await parseFixtures(updated, path);
  return updated;
}

function editLines(text: string, path: string, changes: readonly FixtureChange[]): readonly Edit[] {
  const rows: { readonly content: string; readonly start: number }[] = [];
  let start = 0;
  for (const line of text.split("\n")) {
    const mark = start === 0 && line.startsWith("\ufeff") ? 1 : 0;
    const content = line.slice(mark);
    if (content.trim() !== "") rows.push({ content, start: start + mark });
    start += line.length + 1;
  }
  return changes.map((change) => {
    const row = rows[change.row];
    const tree = row && parseTree(row.content);
    const node = tree && findNodeAtLocation(tree, [...change.path]);
    if (!row || !node) throw cannotEdit(path, change);
    const from = row.start + node.offset;
    return { start: from, end: from + node.length, text: JSON.stringify(change.after) };
  });
}

async function editList(text: string, path: string, changes: readonly FixtureChange[]): Promise<readonly Edit[]> {
  const { isNode, parseDocument } = await import("yaml");
  const content = withoutMark(text);
  const mark = text.length - content.length;
  const document = parseDocument(content, { merge: true });
  return changes.map((change) => {
    const node = document.getIn([change.row, ...change.path], true);
    const range = isNode(node) ? node.range : undefined;
    if (!range) throw cannotEdit(path, change);
    const [start, end] = range;
    const rest = /\s*$/.exec(content.slice(start, end))?.[0] ?? "";
    return { start: mark + start, end: mark + end - rest.length, text: JSON.stringify(change.after) };
  });
}

function cannotEdit(path: string, { name, path: key }: FixtureChange): PavlovError {
  return new PavlovError(
    `The fixture "${name}" of ${displayName(path)} has no ${key.at(-1)} of its own to replace: change it by hand.`,
  );
}
