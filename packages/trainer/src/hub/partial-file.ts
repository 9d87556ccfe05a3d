/**
 * A blob on its way: bytes are added to a file of this process alone, which is renamed when it is whole. What an ended
 * process has left behind is taken over by a rename, which only one can win, so downloads at once never mix.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readdir, rename, rm, stat, utimes, type FileHandle } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { isRunning } from "../run/temporaries.js";
import type { RepositoryFile } from "./cache.js";

/** A file that nobody has added to for so long belongs to nobody, in milliseconds. */
const ABANDONED = 30_000;
const HEARTBEAT = 5_000;

const machine = createHash("sha1").update(hostname()).digest("hex").slice(0, 8);

/** The beginning of a blob, open for more. */
export interface PartialFile {
  /** Bytes that have arrived. */
  readonly size: number;
  add(bytes: Uint8Array): Promise<void>;
  /** Removes what has arrived: it is not what was asked for. */
  restart(): Promise<void>;
  /** Whether size and hash are those of the file. */
  isWhole(file: RepositoryFile): Promise<boolean>;
  /** Gives the file its final name. */
  finish(): Promise<void>;
  /** Leaves what has arrived for whoever goes on. */
  release(): Promise<void>;
}

/** Another process that is downloading a blob now. */
export async function isDownloadedElsewhere(blobPath: string): Promise<boolean> {
  const partials = await partialsOf(blobPath);
  return partials.some(({ isOwn, isLive }) => isLive && !isOwn);
}

/** Bytes of a blob that are on the disk, whoever has begun it; more of them than one beginning are not needed. */
export async function begunBytes(blobPath: string): Promise<number> {
  return (await partialsOf(blobPath)).reduce((longest, { size }) => Math.max(longest, size), 0);
}

/** Opens the longest beginning that an ended process has left, or an empty file. */
export async function openPartial(blobPath: string): Promise<PartialFile> {
  const own = `${blobPath}.${machine}-${process.pid}.incomplete`;
  const abandoned = (await partialsOf(blobPath)).filter(({ isLive }) => !isLive);
  let taken = false;
  for (const { path } of abandoned.toSorted((a, b) => b.size - a.size)) {
    if (taken) await rm(path, { force: true });
    else if (path === own) taken = true;
    // Where another process was quicker, the file is gone.
    else
      taken = await rename(path, own)
        .then(() => true)
        .catch(() => false);
  }
  const handle = await open(own, "a");
  return partialFile(handle, own, blobPath, (await handle.stat()).size);
}

function partialFile(handle: FileHandle, own: string, blobPath: string, begun: number): PartialFile {
  let size = begun;
  const touch = (): void => void utimes(own, new Date(), new Date()).catch(() => undefined);
  touch();
  const heart = setInterval(touch, HEARTBEAT).unref();
  const close = async (): Promise<void> => {
    clearInterval(heart);
    await handle.close();
  };
  return {
    get size() {
      return size;
    },
    async add(bytes) {
      await handle.writeFile(bytes);
      size += bytes.length;
    },
    async restart() {
      await handle.truncate(0);
      size = 0;
    },
    async isWhole(file) {
      if (size !== file.size) return false;
      const [algorithm, expected] = file.sha256 === undefined ? ["sha1", file.blobId] : ["sha256", file.sha256];
      if (expected === "") return true;
      const hash = createHash(algorithm);
      // Git hashes a header before the contents.
      if (algorithm === "sha1") hash.update(`blob ${size}\0`);
      for await (const bytes of createReadStream(own, { highWaterMark: 1 << 20 })) hash.update(bytes as Buffer);
      return hash.digest("hex") === expected;
    },
    async finish() {
      await handle.sync();
      await close();
      await rename(own, blobPath);
    },
    async release() {
      await close();
      if (size === 0) {
        await rm(own, { force: true });
        return;
      }
      // An old time says that nobody adds to it any more.
      await utimes(own, 0, 0).catch(() => undefined);
      await rename(own, `${blobPath}.incomplete`).catch(() => undefined);
    },
  };
}

interface Partial {
  readonly path: string;
  readonly size: number;
  readonly isOwn: boolean;
  readonly isLive: boolean;
}

/** `<hash>.incomplete` that was left, and `<hash>.<machine>-<process>.incomplete` of a download; Python's own are its. */
async function partialsOf(blobPath: string): Promise<Partial[]> {
  const folder = dirname(blobPath);
  const name = basename(blobPath);
  const found: Partial[] = [];
  for (const entry of await readdir(folder).catch(() => [])) {
    if (!entry.startsWith(`${name}.`) || !entry.endsWith(".incomplete")) continue;
    const owner = /^\.(?:([0-9a-f]{8})-(\d+)\.)?incomplete$/.exec(entry.slice(name.length));
    if (!owner) continue;
    const path = join(folder, entry);
    const info = await stat(path).catch(() => undefined);
    if (!info) continue;
    const [, host, id] = owner;
    const isOwn = host === machine && Number(id) === process.pid;
    const isHere = host === machine;
    const isLive = !isOwn && Date.now() - info.mtimeMs < ABANDONED && !(isHere && !isRunning(Number(id)));
    found.push({ path, size: info.size, isOwn, isLive });
  }
  return found;
}
