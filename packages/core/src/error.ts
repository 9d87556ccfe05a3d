/** The one error class that users see: a sentence, an optional hint and where it happened. After vercel/ai's errors. */

const marker: unique symbol = Symbol.for("pavlov.error") as never;

/** Where in a user's file something is wrong. Lines and columns start at 1. */
export interface ErrorLocation {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

export interface PavlovErrorOptions {
  /** What to do about it, as one sentence. */
  readonly hint?: string | undefined;
  readonly location?: ErrorLocation | undefined;
  readonly cause?: unknown;
}

/**
 * A failure that a user caused and can mend: the message says what, which value and what to do.
 *
 * Test for it with {@link PavlovError.isInstance}, not `instanceof`: a plugin may carry its own copy of this package.
 */
export class PavlovError extends Error {
  readonly [marker] = true;
  declare readonly hint?: string;
  declare readonly location?: ErrorLocation;

  constructor(message: string, options: PavlovErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "PavlovError";
    if (options.hint !== undefined) this.hint = options.hint;
    if (options.location !== undefined) this.location = options.location;
  }

  /** True for a PavlovError of any installed version of this package. */
  static isInstance(value: unknown): value is PavlovError {
    return value instanceof Error && (value as { [marker]?: unknown })[marker] === true;
  }
}

/** The message of anything thrown, for use inside a sentence. */
export function errorMessage(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return typeof thrown === "string" ? thrown : `${typeof thrown} ${String(thrown)} was thrown`;
}
