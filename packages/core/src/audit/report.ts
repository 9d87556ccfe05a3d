/** What an audit found: plain data, as `pavlov audit --json` prints it. */
import type { Score } from "../reward.js";
import type { AttackKind } from "./attack.js";

/** What one part of a composite made of an attack, beside what it gave an honest completion. */
export interface AuditedPart {
  readonly name: string;
  readonly reward: string;
  readonly score: Score;
  readonly honestScore: Score;
  /** By how much the attack's total would be lower if this part had given it what it gave the honest completion. */
  readonly contribution: number;
  readonly reason?: string;
}

/** The row on which an attack earns most. */
export interface AuditExample {
  readonly file: string;
  readonly line: number;
  readonly prompt: string;
  /** Its first 2,000 characters. */
  readonly completion: string;
  readonly characters: number;
  readonly total: number;
  /** What the best honest wrong answer earns on the row. */
  readonly honestWrong: number;
  /** Null where the dataset has no answers. */
  readonly honestRight: number | null;
  /** The parts that pay come first. */
  readonly parts: readonly AuditedPart[];
}

/** A kind of attack that pays. */
export interface Exploit {
  readonly kind: AttackKind;
  readonly title: string;
  /** The attack of the kind that pays best. */
  readonly attack: string;
  /** Other attacks of the kind that pay. */
  readonly others: readonly string[];
  /** Whether it needs luck: the right answer is among those that it names. */
  readonly knowsAnswer: boolean;
  /** What it earns beyond its bar's honest completion, a mean over the rows. */
  readonly margin: number;
  /** The margin as a share of what a right answer earns beyond a wrong one; null where it earns nothing beyond. */
  readonly share: number | null;
  /** Rows on which it pays, of `tried`. */
  readonly rows: number;
  readonly tried: number;
  readonly example: AuditExample;
  readonly advice: string;
}

/** The honest completions that attacks are measured against. */
export interface HonestBaseline {
  readonly form: string;
  readonly thinking: string;
  readonly answers: string;
  /** A right completion of the first row. */
  readonly example: string | null;
  /** Mean total of right answers over the rows; null where the dataset has none. */
  readonly right: number | null;
  /** Mean over the rows of what the best of several honest wrong answers earns. */
  readonly wrong: number;
}

/** The whole result of an audit. */
export interface AuditReport {
  readonly rows: number;
  /** Attacks on each row; those that could be right by chance are left out on that row. */
  readonly attacks: number;
  readonly completions: number;
  readonly honest: HonestBaseline;
  /** Those that pay best first. */
  readonly exploits: readonly Exploit[];
  /** What the audit cannot tell, in sentences. */
  readonly notes: readonly string[];
}
