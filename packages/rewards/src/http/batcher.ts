// Gathers calls that come together into one request, as dataloader does, while each caller hears of its own item alone.

/** Sends items together: one result or error for each, in their order. A rejection is everyone's. */
export type Send<Item, Result> = (items: readonly Item[], signal: AbortSignal) => Promise<readonly (Result | Error)[]>;

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly signal: AbortSignal;
  resolve(result: Result): void;
  reject(reason: unknown): void;
}

/**
 * A function that gives an item's result. Items of one turn of the event loop go together, at most `size` at once; a
 * request ends early only when all who wait for it have been told to stop.
 */
export function createBatcher<Item, Result>(
  size: number,
  send: Send<Item, Result>,
): (item: Item, signal: AbortSignal) => Promise<Result> {
  let queue: Waiting<Item, Result>[] = [];
  const flush = (): void => {
    const batch = queue;
    queue = [];
    if (batch.length > 0) void deliver(batch, send);
  };
  return (item, signal) =>
    new Promise((resolve, reject) => {
      if (queue.length === 0) setImmediate(flush);
      queue.push({ item, signal, resolve, reject });
      if (queue.length >= size) flush();
    });
}

async function deliver<Item, Result>(batch: readonly Waiting<Item, Result>[], send: Send<Item, Result>): Promise<void> {
  const stopping = new AbortController();
  const stopIfUnwanted = (): void => {
    if (batch.every(({ signal }) => signal.aborted)) stopping.abort(batch[0]?.signal.reason);
  };
  for (const { signal } of batch) signal.addEventListener("abort", stopIfUnwanted, { once: true });
  try {
    stopIfUnwanted();
    const results = await send(
      batch.map(({ item }) => item),
      stopping.signal,
    );
    for (const [position, { resolve, reject }] of batch.entries()) {
      const result = results[position];
      if (result instanceof Error) reject(result);
      else resolve(result as Result);
    }
  } catch (thrown) {
    for (const { reject } of batch) reject(thrown);
  } finally {
    for (const { signal } of batch) signal.removeEventListener("abort", stopIfUnwanted);
  }
}
