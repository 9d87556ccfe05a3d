/**
 * Records the requests of a reward and answers them again without a network, so that its tests are the same everywhere
 * and cost nothing. After Polly.js and VCR; no header of a request is kept, since secrets stand there.
 */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { displayName } from "../dataset/find-files.js";
import { errorMessage, PavlovError } from "../error.js";
import { createRedactor } from "../scorer/redact.js";
import { keptHeaders, readBody, toResponse, withoutSecrets, type StoredBody } from "./stored-message.js";

/**
 * - `replay`: requests are answered from the file, and one that is not there fails.
 * - `record`: each distinct request is made once, and answered from what was recorded after that.
 */
export type RecordMode = "replay" | "record";

export interface RecordOptions {
  /** Variables by name, such as the reward's `env`: their values are replaced by their names in brackets. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** What makes requests while recording. Default the global one. */
  readonly fetch?: typeof globalThis.fetch;
}

/** A `fetch` with a recording behind it. */
export interface RecordedFetch {
  readonly fetch: typeof globalThis.fetch;
  readonly mode: RecordMode;
  /** Absolute path of the recording. */
  readonly file: string;
  /** Names of the variables that were set when it was recorded; undefined where there is no recording. */
  readonly variables: readonly string[] | undefined;
  /** What was said of requests that are not in the recording: a sentence each, with what to do. */
  readonly unrecorded: readonly string[];
  /**
   * Writes the recording, where there is something to write.
   * @returns how many requests it holds
   */
  save(options?: { readonly dropUnused?: boolean }): Promise<number>;
}

/** Where the recording of a fixture file lies: `mine.requests.json` beside `mine.jsonl`. */
export function recordingOf(fixtureFile: string): string {
  return `${fixtureFile.slice(0, fixtureFile.length - extname(fixtureFile).length)}.requests.json`;
}

interface Exchange {
  readonly request: { readonly method: string; readonly url: string } & StoredBody;
  readonly response: { readonly status: number; readonly headers: Readonly<Record<string, string>> } & StoredBody;
}

interface Recording {
  readonly version: 1;
  readonly variables: readonly string[];
  readonly exchanges: readonly Exchange[];
}

/**
 * @param file the recording, in JSON; it need not exist
 * @throws PavlovError where the file is no recording.
 */
export async function recordFetch(
  file: string | URL,
  mode: RecordMode,
  { secrets = {}, fetch = globalThis.fetch }: RecordOptions = {},
): Promise<RecordedFetch> {
  const path = resolve(typeof file === "string" ? file : fileURLToPath(file));
  const earlier = await readRecording(path);
  const exchanges = new Map((earlier?.exchanges ?? []).map((exchange) => [keyOf(exchange.request), exchange]));
  const asked = new Map<string, Promise<Exchange>>();
  const unrecorded = new Set<string>();
  const redact = createEscapedRedactor(secrets);
  const clean = withoutSecrets(redact);

  const make = async (original: Request, request: Exchange["request"]): Promise<Exchange> => {
    const response = await fetch(original);
    const body = clean(await readBody(response));
    return { request, response: { status: response.status, headers: keptHeaders(response.headers, redact), ...body } };
  };
  const answer = async (original: Request): Promise<Response> => {
    original.signal.throwIfAborted();
    const body = clean(await readBody(original.clone()));
    const request = { method: original.method, url: cleanUrl(original.url, redact), ...body };
    const key = keyOf(request);
    if (mode === "record") {
      const making = asked.get(key) ?? make(original, request);
      asked.set(key, making);
      // A request that failed is tried again when it is asked for again.
      making.then(
        (exchange) => exchanges.set(key, exchange),
        () => asked.delete(key),
      );
      return toResponse((await making).response, original.url);
    }
    const known = exchanges.get(key);
    if (known) return toResponse(known.response, original.url);
    const message =
      `The request ${request.method} ${request.url} is not in the recording ${displayName(path)}: record it with ` +
      "pavlov test --record, or with PAVLOV_RECORD=1 in the environment of vitest.";
    unrecorded.add(message);
    throw new PavlovError(message);
  };

  return {
    fetch: async (input, init) => answer(new Request(input, init)),
    mode,
    file: path,
    variables: mode === "replay" ? earlier?.variables : Object.keys(secrets),
    get unrecorded() {
      return [...unrecorded];
    },
    async save({ dropUnused = false } = {}) {
      if (mode === "replay" || asked.size === 0) return exchanges.size;
      await Promise.allSettled(asked.values());
      const kept = [...exchanges].filter(([key]) => !dropUnused || asked.has(key)).map(([, exchange]) => exchange);
      kept.sort((left, right) => (keyOf(left.request) < keyOf(right.request) ? -1 : 1));
      await writeRecording(path, { version: 1, variables: Object.keys(secrets).sort(), exchanges: kept });
      return kept.length;
    },
  };
}

function keyOf({ method, url, body, base64 }: Exchange["request"]): string {
  return JSON.stringify([method, url, body ?? null, base64 ?? null]);
}

/** Secrets in addresses are those of the variables, and what is named like one. */
function cleanUrl(address: string, redact: (text: string) => string): string {
  const url = new URL(address);
  for (const name of url.searchParams.keys()) {
    if (/key|token|secret|signature|password|^sig$/i.test(name)) url.searchParams.set(name, "redacted");
  }
  if (url.username !== "" || url.password !== "") [url.username, url.password] = ["", ""];
  return redact(url.href);
}

/** Takes secrets out of text: as they are, as JSON escapes them (JSON within JSON too), as addresses do and in base64. */
function createEscapedRedactor(secrets: Readonly<Record<string, string>>): (text: string) => string {
  const escaped = (value: string) => JSON.stringify(value).slice(1, -1);
  const forms = [
    (value: string) => escaped(escaped(escaped(value))),
    (value: string) => escaped(escaped(value)),
    escaped,
    (value: string) => value,
    encodeURIComponent,
    (value: string) => Buffer.from(value).toString("base64"),
  ];
  const redactors = forms.map((form) =>
    createRedactor(Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, form(value)]))),
  );
  return (text) => redactors.reduce((cleaned, redact) => redact(cleaned), text);
}

async function readRecording(path: string): Promise<Recording | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new PavlovError(`The recording ${displayName(path)} cannot be read: ${errorMessage(cause)}.`, { cause });
  }
  try {
    const recording = JSON.parse(text) as Recording;
    if (recording.version === 1 && Array.isArray(recording.exchanges) && Array.isArray(recording.variables)) {
      return recording;
    }
  } catch {
    // Told below.
  }
  throw new PavlovError(`${displayName(path)} is no recording of requests: delete it and record anew.`);
}

async function writeRecording(path: string, recording: Recording): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(recording, null, 2)}\n`);
  await rename(temporary, path);
}
