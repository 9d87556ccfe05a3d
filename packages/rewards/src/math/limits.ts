// The bounds that make a watchdog unnecessary: every text is answered in time, and a text beyond a bound is a verdict.

/** Characters of a completion that are looked at, from its end. */
export const COMPLETION_CHARACTERS = 64_000;
/** Characters of one answer. */
export const ANSWER_CHARACTERS = 8_000;
/** Tokens of one answer. */
export const ANSWER_TOKENS = 4_000;
/** Nesting of brackets, fractions, exponents. */
export const DEPTH = 120;
/** Digits of one number. */
export const DIGITS = 2_000;
/** Elements of a list that is compared without regard to order. */
export const SET_ELEMENTS = 64;
/** Bits of an exact integer. */
export const RATIONAL_BITS = 100_000;
/** Operations of one evaluation, sums and integrals included. */
export const EVALUATION_STEPS = 20_000;

/** A bound was passed. Never leaves `verify` and `extract`. */
export class LimitError extends Error {}

/** The text is no mathematics that this reader knows. Never leaves `verify` and `extract`. */
export class UnreadableError extends Error {}
