/** The `fetch` that rewards are given. */

/** A fetch that ends when `signal` is aborted, unless the reward gives a signal of its own. */
export function fetchUnder(base: typeof globalThis.fetch, signal: AbortSignal): typeof globalThis.fetch {
  return (input, init) => {
    const own = init?.signal !== undefined || input instanceof Request;
    return base(input, own ? init : { ...init, signal });
  };
}
