// What extraction looks for: a place in a text, and what stands there.

export type Place =
  | "box"
  | "final answer"
  | "answer"
  | "LaTeX"
  | "number"
  | "expression"
  | "letter"
  | "####"
  | "the whole text";

export interface Candidate {
  readonly place: Place;
  readonly start: number;
  readonly end: number;
  /** LaTeX or plain text of each part; several make a list. Null: a box that stays open. */
  readonly parts: readonly { readonly text: string | null; readonly percent: boolean }[];
  /** Whether it is a stretch of prose that counts only where all of it is mathematics. */
  readonly isSentence?: boolean;
}
