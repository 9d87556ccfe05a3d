// Requests to one server: how many at once, how many a minute, when to try again, and what became of them.
import { setTimeout as delay } from "node:timers/promises";
import { PavlovError } from "@pavlov/core";
import pLimit from "p-limit";
import { FailedRequest } from "./failed-request.js";

export interface RequestDeskOptions {
  readonly requestsAtOnce: number;
  /** Evenly apart; null for as fast as may be. */
  readonly requestsPerMinute: number | null;
  /** Tries after the first one failed. */
  readonly retries: number;
  /** Milliseconds before the second try; twice as many before each further one. */
  readonly retryDelay: number;
}

/** What requests came to. */
export interface Requested<Value> {
  readonly value: Value;
  /** Tries, the successful one included. */
  readonly requests: number;
}

export interface RequestDesk {
  /**
   * Tries until `attempt` gives something. A try that ends with a retryable {@link FailedRequest} is followed by
   * another: after as long as the server asked for, or else after a time that doubles.
   *
   * @param attempt given the number of the try, from 1
   * @throws PavlovError with the last failure; the signal's reason where that is aborted.
   */
  request<Value>(attempt: (number: number) => Promise<Value>, signal: AbortSignal): Promise<Requested<Value>>;
}

/** Milliseconds that are waited at most, whatever a server asks for. */
const LONGEST_WAIT = 120_000;

export function openRequestDesk(options: RequestDeskOptions): RequestDesk {
  const limit = pLimit(options.requestsAtOnce);
  const apart = options.requestsPerMinute === null ? 0 : 60_000 / options.requestsPerMinute;
  /** When the next request may begin, by performance.now(). */
  let next = 0;

  const turn = async (signal: AbortSignal): Promise<void> => {
    const now = performance.now();
    const start = Math.max(now, next);
    next = start + apart;
    if (start > now) await delay(start - now, undefined, { signal });
  };

  const waitAfter = ({ retryAfter }: FailedRequest, tries: number): number => {
    if (retryAfter === undefined) {
      // Calls that failed together come back apart.
      return Math.min(LONGEST_WAIT, options.retryDelay * 2 ** (tries - 1)) * (0.5 + Math.random() / 2);
    }
    // All calls go to the server that is asking for patience.
    next = Math.max(next, performance.now() + retryAfter);
    return retryAfter;
  };

  return {
    async request(attempt, signal) {
      for (let tries = 1; ; tries++) {
        try {
          const value = await limit(async () => {
            signal.throwIfAborted();
            await turn(signal);
            return attempt(tries);
          });
          return { value, requests: tries };
        } catch (thrown) {
          if (!(thrown instanceof FailedRequest)) throw thrown;
          const isLast = tries > options.retries || !thrown.retryable;
          if (isLast || (thrown.retryAfter ?? 0) > LONGEST_WAIT) throw givenUp(thrown, tries);
          await delay(waitAfter(thrown, tries), undefined, { signal });
        }
      }
    },
  };
}

function givenUp({ message, retryAfter = 0, hint }: FailedRequest, tries: number): PavlovError {
  const asked = retryAfter > LONGEST_WAIT ? ` and asks to wait ${Math.round(retryAfter / 1000)} s` : "";
  const after = tries === 1 ? "" : ` (after ${tries} requests)`;
  // Who is told of a failed sample reads the message alone.
  return new PavlovError(`${message}${asked}${after}.${hint === undefined ? "" : ` ${hint}`}`);
}
