/** Most bytes that parts of the layered pass may take at a time; what the estimate of a run's memory counts with. */

/** Of the scores over the vocabulary of one chunk of tokens. */
export const SCORE_BYTES: number = 128 * 2 ** 20;

/** Of one layer's attention scores. */
export const ATTENTION_BYTES: number = 32 * 2 ** 20;

/** Of the layers' programs for all shapes of micro-batches, and of the head's; the newest shape's always stay. */
export const PROGRAM_BYTES: number = 128 * 2 ** 20;

/** Shapes whose programs are kept, however small. */
export const PROGRAM_SHAPES = 8;
