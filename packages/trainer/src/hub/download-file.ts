/** Downloads one blob into the cache: goes on where an earlier try ended, and keeps only what has the right hash. */
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RepositoryFile } from "./cache.js";
import { connectionError, HubError, type Asked } from "./errors.js";
import { isDownloadedElsewhere, openPartial, type PartialFile } from "./partial-file.js";
import { ask } from "./requests.js";
import type { HubSettings } from "./settings.js";

/** Connections in a row that bring nothing before a download is given up. */
const EMPTY_TRIES = 5;
/** Between two looks at a file that another process is downloading, in milliseconds. */
const LOOK = 300;

/** A blob to download. */
export interface BlobRequest {
  readonly url: string;
  readonly asked: Asked;
  readonly file: RepositoryFile;
  /** Where it ends up. */
  readonly blobPath: string;
  /** Told the bytes that are there, from the first answer on. */
  readonly onBytes: (bytes: number) => void;
}

/** Downloads of this process that are under way: the same blob is asked for once. */
const underWay = new Map<string, Promise<void>>();

/**
 * Downloads a blob, unless it is there. A second process that wants it waits for the first one.
 * @throws HubError where the hub does not give it or gives something else twice; the system's error where it cannot be written.
 */
export async function downloadBlob(request: BlobRequest, settings: HubSettings): Promise<void> {
  const { blobPath } = request;
  const earlier = underWay.get(blobPath);
  if (earlier) {
    await earlier.catch(() => undefined);
    return downloadBlob(request, settings);
  }
  const download = downloadAlone(request, settings).finally(() => underWay.delete(blobPath));
  underWay.set(blobPath, download);
  return download;
}

async function downloadAlone(request: BlobRequest, settings: HubSettings): Promise<void> {
  const { blobPath, file, onBytes } = request;
  await mkdir(dirname(blobPath), { recursive: true });
  for (let round = 1; ; round++) {
    if (await comesFromElsewhere(blobPath, settings)) {
      onBytes(file.size);
      return;
    }
    const partial = await openPartial(blobPath);
    try {
      await fill(partial, request, settings);
      if (await partial.isWhole(file)) {
        await partial.finish();
        return;
      }
      await partial.restart();
    } catch (error) {
      await partial.release();
      throw error;
    }
    await partial.release();
    if (round === 2) throw contentsError(request);
  }
}

/** Waits while another process downloads the blob. True once it is there. */
async function comesFromElsewhere(blobPath: string, { emit, signal }: HubSettings): Promise<boolean> {
  for (let looks = 0; ; looks++) {
    if (await isThere(blobPath)) return true;
    if (!(await isDownloadedElsewhere(blobPath))) return isThere(blobPath);
    if (looks === 0) emit({ type: "note", message: "Another process is downloading the same file; waiting for it." });
    await sleep(LOOK, undefined, { signal });
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

/** Asks for what is missing until there is as much as the file has. */
async function fill(partial: PartialFile, request: BlobRequest, settings: HubSettings): Promise<void> {
  const { file, url, asked, onBytes } = request;
  const { timing, signal } = settings;
  if (partial.size > file.size) await partial.restart();
  for (let empty = 0; partial.size < file.size;) {
    onBytes(partial.size);
    const before = partial.size;
    const headers = { "accept-encoding": "identity", ...(before > 0 ? { range: `bytes=${before}-` } : {}) };
    const answer = await ask(url, asked, settings, headers);
    // A server that knows no ranges sends everything.
    if (before > 0 && answer.response.status !== 206) await partial.restart();
    let failure: unknown;
    try {
      for await (const bytes of answer.pieces()) {
        await partial.add(bytes);
        onBytes(Math.min(partial.size, file.size));
        if (partial.size > file.size) return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (isWriteError(error)) throw error;
      failure = error;
    }
    if (partial.size > before) empty = 0;
    else if (partial.size < file.size && ++empty >= EMPTY_TRIES) {
      throw failure === undefined ? cutError(request) : connectionError(failure, url);
    }
    if (partial.size < file.size) await sleep(timing.backoff * 2 ** empty, undefined, { signal });
  }
  onBytes(file.size);
}

/** Errors of the file system name what was called; those of the network name a connection. */
function isWriteError(error: unknown): boolean {
  const { syscall } = error as { syscall?: unknown };
  return typeof syscall === "string" && ["write", "open", "ftruncate", "fsync"].includes(syscall);
}

function cutError({ url, asked }: BlobRequest): HubError {
  const message = `${new URL(url).host} ends every answer early when asked for ${asked.file ?? "a file"} of the ${asked.type} ${asked.id}.`;
  return new HubError("unreachable", message, { hint: "Run again later: what has arrived is kept." });
}

function contentsError({ asked, file }: BlobRequest): HubError {
  const message =
    `${asked.file ?? file.path} of the ${asked.type} ${asked.id} came twice with other contents than the hub lists ` +
    `(${file.sha256 === undefined ? "Git hash" : "SHA-256"} ${file.sha256 ?? file.blobId}, ${file.size} bytes).`;
  const hint = "Something between here and the hub changes what it sends: a proxy, or a mirror in HF_ENDPOINT.";
  return new HubError("failed", message, { hint });
}
