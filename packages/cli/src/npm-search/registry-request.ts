/** Asks a registry for JSON; what can go wrong becomes a sentence with what to do. No token is ever in one. */
import { errorMessage, PavlovError } from "@pavlov/core";
import type { NpmSettings, Registry } from "./npm-settings.js";

/** The most bytes of an answer. */
const limit = 20 * 1024 * 1024;

/** Asks for a path below a registry's address. */
export type RegistryRequest = (registry: Registry, path: string) => Promise<unknown>;

/** A way to ask the registries of these settings. */
export async function registryRequest(settings: NpmSettings, signal: AbortSignal): Promise<RegistryRequest> {
  const { EnvHttpProxyAgent, fetch } = await import("undici");
  const { httpProxy, httpsProxy, noProxy, ca, strictSsl, timeout } = settings.connection;
  const tls = { rejectUnauthorized: strictSsl, ...(ca === undefined ? {} : { ca: [...ca] }) };
  const dispatcher = new EnvHttpProxyAgent({
    connect: tls,
    requestTls: tls,
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    ...(noProxy === undefined ? {} : { noProxy }),
  });

  return async (registry, path) => {
    const authorization = settings.authorization(registry);
    let text: string;
    let response;
    const limited = withTimeout(signal, timeout);
    try {
      response = await fetch(new URL(path, registry.url), {
        dispatcher,
        signal: limited.signal,
        headers: { accept: "application/json", ...(authorization === undefined ? {} : { authorization }) },
      });
      text = await bodyOf(response.body, registry);
    } catch (cause) {
      if (PavlovError.isInstance(cause) || signal.aborted) throw cause;
      throw unreachable(registry, cause, timeout);
    } finally {
      limited.release();
    }
    if (!response.ok) throw refused(registry, response.status, path, authorization !== undefined);
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      const kind = response.headers.get("content-type")?.split(";")[0] ?? "text of no known kind";
      throw new PavlovError(`${registry.url} answered with ${kind} where JSON was asked for.`, {
        hint: "Is it the address of a registry? A proxy or a page to log in may stand in between.",
        cause,
      });
    }
  };
}

/** A signal that fires with another one, or after some time. Of Node's own two, joined, Node 20 loses the timer. */
function withTimeout(signal: AbortSignal, timeout: number) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DOMException("The time is up.", "TimeoutError")), timeout);
  const stop = (): void => controller.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  const release = (): void => {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  };
  return { signal: controller.signal, release };
}

async function bodyOf(body: AsyncIterable<Uint8Array> | null, { url }: Registry): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > limit) {
      throw new PavlovError(`${url} answered with more than ${limit.toLocaleString("en")} bytes.`, {
        hint: "Is it the address of a registry? Ask for less with --limit.",
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function unreachable({ url }: Registry, cause: unknown, timeout: number): PavlovError {
  const isTimeout = (cause as { name?: unknown }).name === "TimeoutError";
  if (isTimeout) {
    return new PavlovError(`${url} did not answer within ${timeout / 1000} s.`, {
      hint: "Try again, or allow more time: npm config set fetch-timeout <milliseconds>, of which at most 30000 count.",
      cause,
    });
  }
  return new PavlovError(`${url} cannot be reached: ${reasonOf(cause)}.`, {
    hint: "Check the network and its proxy, or the address: npm config get registry. --registry <url> asks another.",
    cause,
  });
}

/** What lies under undici's "fetch failed". */
function reasonOf(thrown: unknown): string {
  const { cause } = thrown as { cause?: unknown };
  if (cause instanceof AggregateError && cause.errors.length > 0) return errorMessage(cause.errors[0]);
  return errorMessage(cause ?? thrown).replace(/\.$/, "");
}

function refused({ url, scope }: Registry, status: number, path: string, withToken: boolean): PavlovError {
  if (status === 401 || status === 403) {
    const why = withToken
      ? "it does not take the token that npm has for it"
      : "it wants a token, and npm has none for it";
    const login = `npm login --registry ${url}${scope === undefined ? "" : ` --scope ${scope}`}`;
    return new PavlovError(`${url} refuses the search (${status}): ${why}.`, {
      hint: `Run: ${login}, or write the token into .npmrc: ${url.replace(/^https?:/, "")}:_authToken=\${NPM_TOKEN}`,
    });
  }
  if (status === 404 && path.startsWith("-/v1/search")) {
    return new PavlovError(`${url} has no search: it answered 404 to /-/v1/search.`, {
      hint: "Not every registry has one. --registry <url> asks another.",
    });
  }
  const isBusy = status === 429 || status >= 500;
  return new PavlovError(`${url} answered ${status}.`, {
    hint: isBusy ? "Try again in a while." : "Is it the address of a registry? npm config get registry",
  });
}
