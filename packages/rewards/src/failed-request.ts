// A request that gave no usable answer, and whether it is worth another try.

export interface FailedRequestOptions {
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter?: number | undefined;
  readonly hint?: string | undefined;
}

/** Its message is a sentence without the full stop: what was asked, and what came of it. */
export class FailedRequest extends Error {
  readonly retryable: boolean;
  readonly retryAfter: number | undefined;
  readonly hint: string | undefined;

  constructor(message: string, { retryable, retryAfter, hint }: FailedRequestOptions) {
    super(message);
    this.name = "FailedRequest";
    this.retryable = retryable;
    this.retryAfter = retryAfter;
    this.hint = hint;
  }
}

/** An address as messages show it: without a query, which may hold what nobody should read. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
