/** Ends a wait when its time is up or its session stops. */

/** Milliseconds that a call took too long for, as the reason of its AbortSignal. */
export class TimeLimitError extends Error {
  constructor(readonly milliseconds: number) {
    super(`timed out after ${milliseconds} ms`);
    this.name = "TimeoutError";
  }
}

/**
 * Runs `task` with a signal of its own that follows `parent` and is aborted after `milliseconds`. Rejects at once with
 * the signal's reason when it is aborted, even if the task never settles.
 */
export async function withTimeLimit<T>(
  parent: AbortSignal,
  milliseconds: number | undefined,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  parent.throwIfAborted();
  const controller = new AbortController();
  const follow = () => controller.abort(parent.reason);
  parent.addEventListener("abort", follow, { once: true });
  let timer: NodeJS.Timeout | undefined;
  if (milliseconds !== undefined) {
    // A result that already waits behind a busy event loop is let in first: it was in time.
    timer = setTimeout(() => setImmediate(() => controller.abort(new TimeLimitError(milliseconds))), milliseconds);
  }
  const aborted = new Promise<never>((_, reject) => {
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason), { once: true });
  });
  try {
    return await Promise.race([task(controller.signal), aborted]);
  } finally {
    clearTimeout(timer);
    parent.removeEventListener("abort", follow);
  }
}
