/** `auditRewards`: attacks a composite with completions that deserve nothing, and tells which of them it pays for. */
import { rewardColumns } from "../dataset/reward-columns.js";
import type { Dataset, DatasetRow } from "../dataset/types.js";
import { PavlovError } from "../error.js";
import type { Reward } from "../reward.js";
import { createScorer } from "../scorer/create-scorer.js";
import type { Composite, ScorerOptions } from "../scorer/types.js";
import { attacksOn } from "./attacks/attacks-on.js";
import type { Attack, AttackKind } from "./attack.js";
import { type AttackedRow, baselineOf, findExploits, formatExploit, meanOf, withoutEchoes } from "./exploits.js";
import { findHonest, type HonestRow, type HonestStyle } from "./honest.js";
import type { AuditReport, HonestBaseline } from "./report.js";
import {
  comparesCompletions,
  createCompletionScorer,
  needsOf,
  type ScoreCompletions,
  type ScoredCompletion,
} from "./score-completions.js";

/** How far an audit has come. */
export interface AuditProgress {
  /** Rows that are done, of `rows`. */
  readonly done: number;
  readonly rows: number;
  /** Completions that were scored. */
  readonly completions: number;
}

export interface AuditOptions extends Pick<ScorerOptions, "seed" | "log" | "env" | "fetch" | "cache"> {
  /** Rows that are attacked, spread over the dataset. Default 8, or 2 where scoring uses services or other programs. */
  readonly rows?: number;
  /**
   * What a margin has to reach to be reported, as a share of what a right answer earns beyond a wrong one. Default
   * 0.02: half of a length in words that honest answers cannot match exactly is no exploit.
   */
  readonly threshold?: number;
  /** How an honest completion looks: text with `{{answer}}` for that column. Default: the usual form that pays best. */
  readonly honest?: string;
  /** Kinds of attacks that may pay, such as `nothing` where abstaining is to be better than a wrong answer. */
  readonly except?: readonly AttackKind[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: AuditProgress) => void;
}

/** Where an exploit is too small to tell from chance, as a share of what being right earns. */
const THRESHOLD = 0.02;

/** Completions that go to the scorer together: enough to keep services busy, few enough to hold 100 kB each. */
const TOGETHER = 64;

/**
 * Scores some 250 attacks on each of a few rows, and compares each with honest completions: right and wrong answers in
 * the form that the composite pays best. Nothing is trained, and no model is needed.
 *
 * A completion that cannot be scored earns nothing. Rewards that read token ids are given stand-ins of about four
 * characters.
 *
 * @throws PavlovError for options that cannot be, and where a reward fails on everything.
 */
export async function auditRewards(
  composite: Composite,
  dataset: Dataset,
  options: AuditOptions = {},
): Promise<AuditReport> {
  const { threshold = THRESHOLD, except = [], honest: template } = options;
  const needs = needsOf(composite);
  const sparing = needs.size > 0;
  const count = options.rows ?? (sparing ? 2 : 8);
  if (!Number.isInteger(count) || count < 1) throw new PavlovError(`An audit needs 1 row or more, not ${count}.`);
  if (!(threshold >= 0)) throw new PavlovError(`The audit's threshold must be at least 0, not ${threshold}.`);
  const chosen = spread(dataset.rows, count);
  const { seed, log, env, fetch, cache, signal } = options;
  const given = { seed, log, env, fetch, cache };
  const scorerOptions = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const scorer = createScorer(composite, { ...scorerOptions, onError: "drop" });
  let completions = 0;
  let done = 0;
  try {
    const scoring = createCompletionScorer(composite, scorer, signal ? { signal } : {});
    const score: ScoreCompletions = async (row, texts, companions) => {
      const results = [];
      for (let start = 0; start < texts.length; start += TOGETHER) {
        results.push(...(await scoring(row, texts.slice(start, start + TOGETHER), companions)));
        completions = completions + Math.min(TOGETHER, texts.length - start);
        options.onProgress?.({ done, rows: chosen.length, completions });
      }
      return results;
    };
    const compares = comparesCompletions(composite);
    const read = readColumns(composite);
    const { style, rows } = await findHonest({ rows: dataset.rows, chosen, read, score, sparing, template });
    const attacked: AttackedRow[] = [];
    for (const row of rows) {
      attacked.push(await attack(row, score, compares));
      done += 1;
      options.onProgress?.({ done, rows: chosen.length, completions });
    }
    const found = [...findExploits(composite, attacked, threshold), ...formatExploit(composite, attacked, threshold)];
    return {
      rows: chosen.length,
      attacks: Math.max(...attacked.map(({ attacks }) => attacks.length)),
      completions,
      honest: describeHonest(style, rows, attacked),
      exploits: withoutEchoes(
        found.filter(({ kind }) => !except.includes(kind)),
        attacked,
      ).toSorted((one, other) => other.margin - one.margin),
      notes: notesOn(attacked, chosen, sparing),
    };
  } finally {
    await scorer.dispose();
  }
}

/** So many rows at equal distances, the first among them. */
function spread(rows: readonly DatasetRow[], count: number): readonly DatasetRow[] {
  const wanted = Math.min(count, rows.length);
  return Array.from({ length: wanted }, (_, index) => rows[Math.floor((index * rows.length) / wanted)] as DatasetRow);
}

function readColumns(composite: Reward): readonly string[] {
  return [...new Set(rewardColumns(composite).flatMap(({ columns }) => columns.map(({ source }) => source)))];
}

async function attack(honest: HonestRow, score: ScoreCompletions, compares: boolean): Promise<AttackedRow> {
  const { row, target, right, sure, wrong } = honest;
  const companions = [...wrong.slice(0, 2), ...(right === undefined ? [] : [right])];
  const attacks = attacksOn(target);
  const rights = [right, sure].filter((each) => each !== undefined);
  const own = [...wrong, ...rights, target.wrong[0] ?? ""];
  const honestScores = await score(row, own, companions);
  const texts = attacks.flatMap(({ completions }) => completions);
  const scored = await score(row, texts, companions);
  let at = 0;
  return {
    row,
    prompt: target.prompt,
    wrong: honestScores.slice(0, wrong.length),
    right: bestTotal(honestScores.slice(wrong.length, wrong.length + rights.length)),
    unformatted: honestScores.at(-1),
    attacks: [
      ...attacks.map((each) => {
        const results = scored.slice(at, at + each.completions.length);
        at += each.completions.length;
        return { attack: each, results };
      }),
      ...(compares ? await agreements(honest, score) : []),
    ],
  };
}

/** The one that earns most, the first of equals. */
const bestTotal = (scored: readonly ScoredCompletion[]): ScoredCompletion | undefined =>
  scored.toSorted((one, other) => (other.total ?? -Infinity) - (one.total ?? -Infinity))[0];

/** Completions of a group that agree with each other. */
const AGREEING = 4;

/** Groups that are one completion several times: rewards that compare may take agreement for being right. */
async function agreements({ row, wrong }: HonestRow, score: ScoreCompletions): Promise<AttackedRow["attacks"]> {
  const given = { "the same wrong answer by all of a group": wrong[0] ?? "", "nothing by all of a group": "" };
  const scored: AttackedRow["attacks"][number][] = [];
  for (const [name, completion] of Object.entries(given)) {
    const results = await score(
      row,
      [completion],
      Array.from({ length: AGREEING - 1 }, () => completion),
    );
    const agreement: Attack = { kind: "agreement", name, bar: "half", knowsAnswer: false, completions: [completion] };
    scored.push({ attack: agreement, results });
  }
  return scored;
}

function describeHonest(
  { source, form, thinking }: HonestStyle,
  rows: readonly HonestRow[],
  attacked: readonly AttackedRow[],
): HonestBaseline {
  const rights = attacked.flatMap(({ right }) => (right?.total == null ? [] : [right.total]));
  return {
    form: form.name,
    thinking: thinking.name,
    answers: source.name,
    example: rows[0]?.right ?? null,
    right: rights.length === 0 ? null : meanOf(rights),
    wrong: meanOf(attacked.map((row) => baselineOf(row)?.total ?? 0)),
  };
}

function notesOn(attacked: readonly AttackedRow[], chosen: readonly DatasetRow[], sparing: boolean): readonly string[] {
  const notes: string[] = [];
  if (attacked.every(({ right }) => right === undefined)) {
    notes.push("The dataset has no column of right answers: attacks that name several answers were left out.");
  } else {
    const spreads = attacked.map((row) => (row.right?.total ?? 0) - (baselineOf(row)?.total ?? 0));
    if (meanOf(spreads) <= 0) {
      notes.push(
        "A right answer earns no more than a wrong one in any form that was tried: give a template of an honest " +
          "completion (--honest), or a reward that knows right from wrong.",
      );
    }
  }
  const failures = new Map<string, { count: number; message: string }>();
  for (const { failure } of attacked.flatMap(({ attacks }) => attacks.flatMap(({ results }) => results))) {
    if (failure === undefined) continue;
    const known = failures.get(failure.reward) ?? { count: 0, message: failure.message };
    failures.set(failure.reward, { ...known, count: known.count + 1 });
  }
  for (const [reward, { count, message }] of failures) {
    notes.push(`Reward "${reward}" failed on ${count} attacks, which earn nothing then. The first error: ${message}`);
  }
  if (sparing) notes.push("Scoring uses services, models or other programs: few forms of honest answers were tried.");
  if (chosen.length < 3) notes.push(`Only ${chosen.length === 1 ? "1 row was" : "2 rows were"} attacked.`);
  return notes;
}
