/** What a user can mend, as a sentence with a hint. */

const marker: unique symbol = Symbol.for("pavlov.error") as never;

/**
 * A failure that its user caused. `PavlovError.isInstance` of `@pavlov/core` is true for it, by the marker that all
 * versions of that package share: this package has no dependencies, since `npm create` downloads it each time.
 */
export class CreateError extends Error {
  readonly [marker] = true;

  constructor(
    message: string,
    /** What to do about it, as one sentence. */
    readonly hint: string,
  ) {
    super(message);
    this.name = "CreateError";
  }

  static isInstance(value: unknown): value is CreateError {
    return value instanceof CreateError;
  }
}
