// One JSON request: sends an object, gives the answer's text, and says in one sentence what went wrong instead.
import { FailedRequest, shownUrl } from "./failed-request.js";
import { quote } from "./quote.js";
import { readRetryAfter } from "./retry-after.js";

export interface JsonRequest {
  readonly url: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds from the request to the answer's last byte. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  readonly fetch: typeof globalThis.fetch;
}

/** Bytes of an answer at most: more than any score needs, and no endless stream. */
const LONGEST_ANSWER = 8 * 2 ** 20;

/** Requests that came too early, or to a server in trouble. */
const RETRYABLE = new Set([408, 409, 425, 429]);

/**
 * The text of a successful answer.
 * @throws FailedRequest where there is none; the signal's reason where that is aborted.
 */
export async function postJson({ url, body, headers, timeout, signal, fetch }: JsonRequest): Promise<string> {
  // Not AbortSignal.timeout, whose timer keeps what belongs to the request for as long as that might have taken.
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeout);
  const either = AbortSignal.any([signal, limit.signal]);
  const shown = shownUrl(url);
  let answered = false;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", ...headers },
      body: JSON.stringify(body),
      // A POST that is sent elsewhere becomes a GET, and a secret may go with it.
      redirect: "manual",
      signal: either,
    });
    answered = true;
    const text = await readText(response, shown);
    if (!response.ok) throw refused(response, text, shown);
    return text;
  } catch (thrown) {
    if (thrown instanceof FailedRequest) throw thrown;
    signal.throwIfAborted();
    if (limit.signal.aborted)
      throw new FailedRequest(`${shown} did not answer within ${timeout} ms`, { retryable: true });
    const what = answered ? "broke off in the middle of its answer" : "could not be reached";
    throw new FailedRequest(`${shown} ${what}${describeCause(thrown)}`, { retryable: true });
  } finally {
    clearTimeout(timer);
  }
}

async function readText(response: Response, shown: string): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let length = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > LONGEST_ANSWER) {
      throw new FailedRequest(`${shown} answered with more than ${LONGEST_ANSWER} bytes`, { retryable: false });
    }
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  return parts.join("") + decoder.decode();
}

function refused({ status, statusText, headers }: Response, text: string, shown: string): FailedRequest {
  const location = headers.get("location");
  const said = location === null ? describeBody(text) : ` (redirected to ${quote(location)})`;
  const name = statusText === "" ? "" : ` ${statusText}`;
  return new FailedRequest(`${shown} answered ${status}${name}${said}`, {
    retryable: RETRYABLE.has(status) || status >= 500,
    retryAfter: readRetryAfter(headers.get("retry-after"), Date.now()),
    hint: hintFor(status),
  });
}

function hintFor(status: number): string | undefined {
  if (status === 401 || status === 403) return "Check the key or token in the environment variable.";
  if (status === 404) return "Check the address and, where there is one, the model's name.";
  return status >= 300 && status < 400 ? "Give the address that it redirects to." : undefined;
}

/** The message of an error's usual JSON (`{"error":{"message"}}`, `{"detail"}`), or the beginning of the text. */
function describeBody(text: string): string {
  const message = readMessage(text) ?? text.trim();
  return message === "" ? "" : `: ${quote(message)}`;
}

function readMessage(text: string): string | undefined {
  try {
    const { error, detail, message } = JSON.parse(text) as { error?: unknown; detail?: unknown; message?: unknown };
    const nested = (error as { message?: unknown } | null | undefined)?.message;
    return [nested, error, detail, message].find((found) => typeof found === "string");
  } catch {
    return undefined;
  }
}

/** The system's code, such as ECONNREFUSED; fetch itself says only that it failed. */
function describeCause(thrown: unknown): string {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  const code = (cause as { code?: unknown } | null)?.code;
  if (typeof code === "string") return ` (${code})`;
  return cause instanceof Error ? ` (${cause.message})` : "";
}
