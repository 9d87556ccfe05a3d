/** Asks the hub over HTTP: with the token, a time limit, and patience where trying again helps. */
import { setTimeout as sleep } from "node:timers/promises";
import { connectionCode, connectionError, limitError, refusalError, type Asked } from "./errors.js";
import type { HubSettings } from "./settings.js";

/** Tries of one request before it is given up. */
const TRIES = 5;
/** A host that is not there is asked once more only: its user more likely has no network. */
const TRIES_OF_NOBODY = 2;
const isNobody = (code: string): boolean => ["ECONNREFUSED", "ENOTFOUND", "ENETUNREACH", "EHOSTUNREACH"].includes(code);

/** An answer whose body is still to come, and the clock that stands over it. */
export interface Answer {
  readonly response: Response;
  /** Pieces of the body. Throws where none comes for `timing.stall`. */
  pieces(): AsyncGenerator<Uint8Array, void, void>;
}

/**
 * Asks for one address. Answers 429 are waited for as long as they say, answers from 500 and broken connections are
 * tried again after a growing pause.
 * @throws HubError where trying again does not help, and whatever the signal was aborted with.
 */
export async function ask(
  url: string,
  asked: Asked,
  settings: HubSettings,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { timing, endpoint, token } = settings;
  for (let attempt = 1; ; attempt++) {
    settings.signal?.throwIfAborted();
    const pause = timing.backoff * 2 ** (attempt - 1);
    let answer: Answer;
    try {
      answer = await send(url, settings, headers);
    } catch (error) {
      settings.signal?.throwIfAborted();
      const tries = isNobody(connectionCode(error)) ? TRIES_OF_NOBODY : TRIES;
      if (attempt >= tries) throw connectionError(error, url);
      await sleep(pause, undefined, { signal: settings.signal });
      continue;
    }
    const { response } = answer;
    const { status } = response;
    if (response.ok) return answer;
    const text = (await collect(answer).catch(() => Buffer.alloc(0))).toString("utf8", 0, 2000);
    if (status === 429) {
      const seconds = waitingTime(response.headers) ?? pause / 1000;
      if (attempt >= TRIES || seconds * 1000 > timing.longestWait) {
        throw limitError(asked, endpoint, seconds, token !== null);
      }
      settings.emit({
        type: "note",
        message: `${new URL(url).host} limits requests; trying again in ${Math.ceil(seconds)} s.`,
      });
      await sleep(seconds * 1000, undefined, { signal: settings.signal });
      continue;
    }
    if (status < 500 || attempt >= TRIES) {
      throw refusalError(asked, { status, headers: response.headers, text, endpoint, hasToken: token !== null });
    }
    await sleep(pause, undefined, { signal: settings.signal });
  }
}

/** The whole body. */
async function collect(answer: Answer): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of answer.pieces()) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** A `fetch` for `@huggingface/hub`, which asks but has no patience of its own. */
export function patientFetch(asked: Asked, settings: HubSettings): typeof fetch {
  return async (input) => {
    const url = input instanceof Request ? input.url : String(input);
    for (let attempt = 1; ; attempt++) {
      const answer = await ask(url, asked, settings, { accept: "application/json" });
      try {
        const body = await collect(answer);
        return new Response(body, { status: answer.response.status, headers: answer.response.headers });
      } catch (error) {
        settings.signal?.throwIfAborted();
        if (attempt >= TRIES) throw connectionError(error, url);
      }
    }
  };
}

async function send(url: string, settings: HubSettings, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const { token, endpoint, timing, signal } = settings;
  const controller = new AbortController();
  const end = (): void => controller.abort(signal?.reason);
  const stalled = (): void => controller.abort(Object.assign(new Error("No bytes came."), { code: "STALLED" }));
  signal?.addEventListener("abort", end, { once: true });
  let timer = setTimeout(stalled, timing.stall);
  const release = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  };
  // The token goes to the hub alone: not to a page that another host lists, and fetch keeps it from redirects.
  const isHub = new URL(url).origin === new URL(endpoint).origin;
  try {
    const response = await fetch(url, {
      headers: { ...headers, ...(token !== null && isHub ? { authorization: `Bearer ${token}` } : {}) },
      signal: controller.signal,
    });
    return { response, pieces: () => pieces(response) };
  } catch (error) {
    release();
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }

  async function* pieces({ body }: Response): AsyncGenerator<Uint8Array, void, void> {
    const reader = body?.getReader();
    try {
      while (reader) {
        timer = setTimeout(stalled, timing.stall);
        const { value, done } = await reader.read();
        clearTimeout(timer);
        if (done) return;
        yield value as Uint8Array;
      }
    } catch (error) {
      throw controller.signal.aborted ? controller.signal.reason : error;
    } finally {
      release();
      await reader?.cancel().catch(() => undefined);
    }
  }
}

/** Seconds that an answer 429 asks to wait: `Retry-After` (seconds or a date), or `t` of `RateLimit`. */
export function waitingTime(headers: Headers, now: number = Date.now()): number | undefined {
  const after = headers.get("retry-after");
  if (after !== null) {
    const seconds = /^\d+$/.test(after.trim()) ? Number(after) : (Date.parse(after) - now) / 1000;
    if (Number.isFinite(seconds)) return Math.max(0, seconds);
  }
  const reset = /(?:^|;)\s*t=(\d+)/.exec(headers.get("ratelimit") ?? "")?.[1];
  return reset === undefined ? undefined : Number(reset);
}
