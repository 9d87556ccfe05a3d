/** One commit of a repository: which files it has, and those that are wanted in a folder on this machine. */
import { rm, stat } from "node:fs/promises";
import { PavlovError } from "@pavlov/core";
import { isCommit, isSafePath, RepositoryCache, type Repository, type RepositoryFile, type Tree } from "./cache.js";
import { requireSpace } from "./disk-space.js";
import { downloadBlob } from "./download-file.js";
import { HubError, pageOf, type Asked } from "./errors.js";
import { patientFetch } from "./requests.js";
import type { HubSettings } from "./settings.js";

/** Files that are downloaded at the same time. */
const CONCURRENCY = 4;

/** A commit's files. */
export interface Snapshot {
  readonly commit: string;
  /** Where the files are, once they are fetched. */
  readonly folder: string;
  readonly tree: Tree;
  /** False where nobody could be asked: then `tree` lists what the cache holds, and there may be more. */
  readonly isListed: boolean;
  /**
   * Brings files to the folder. Nothing is asked for what is there.
   * @throws HubError, or PavlovError where the disk has too little room.
   */
  fetch(files: readonly RepositoryFile[]): Promise<void>;
}

/**
 * Finds out which commit a revision is and which files it has.
 *
 * A whole commit hash whose list of files is cached needs no request. A branch or tag takes one, and where the hub
 * cannot be reached, the commit that it pointed to last stands in, with a warning.
 * @throws HubError where there is no such repository or revision, or nobody to ask and nothing in the cache.
 */
export async function openSnapshot(repository: Repository, revision: string, settings: HubSettings): Promise<Snapshot> {
  const cache = new RepositoryCache(settings.cacheFolder, repository);
  const asked = { ...repository, revision };
  const { commit, tree } = settings.offline
    ? await findCached(cache, asked, settings)
    : await findOnline(cache, asked, settings).catch(async (error: unknown) => {
        if (!(error instanceof HubError) || error.problem !== "unreachable") throw error;
        const cached = await findCached(cache, asked, settings).catch(() => {
          throw error;
        });
        const message = `${error.message} Using ${repository.id} as it is in the cache (commit ${cached.commit.slice(0, 12)}).`;
        settings.emit({ type: "warning", message });
        return cached;
      });
  return {
    commit,
    folder: cache.snapshotFolder(commit),
    tree: tree ?? (await cache.listSnapshot(commit)),
    isListed: tree !== null,
    fetch: (files) => fetchFiles(files, { cache, commit, asked, settings }),
  };
}

interface Found {
  readonly commit: string;
  readonly tree: Tree | null;
}

async function findOnline(cache: RepositoryCache, asked: Asked, settings: HubSettings): Promise<Found> {
  const { revision } = asked;
  if (isCommit(revision)) {
    const tree = await cache.readTree(revision);
    return { commit: revision, tree: tree ?? (await listTree(cache, revision, asked, settings)) };
  }
  const commit = await commitOf(asked, settings);
  await cache.writeReference(revision, commit);
  return { commit, tree: (await cache.readTree(commit)) ?? (await listTree(cache, commit, asked, settings)) };
}

/** @throws PavlovError where the cache does not hold the revision. */
async function findCached(cache: RepositoryCache, asked: Asked, settings: HubSettings): Promise<Found> {
  const { revision, type, id } = asked;
  const commit = isCommit(revision) ? revision : await cache.readReference(revision);
  const isHere = commit !== null && (await stat(cache.snapshotFolder(commit)).catch(() => undefined))?.isDirectory();
  if (!isHere) {
    const message = `The ${type} ${id} (${revision}) is not in the cache ${settings.cacheFolder}, and nothing may be downloaded.`;
    throw new HubError("missing", message, { hint: "Run once without --offline and HF_HUB_OFFLINE, to download it." });
  }
  return { commit, tree: await cache.readTree(commit) };
}

async function commitOf(asked: Asked, settings: HubSettings): Promise<string> {
  const { modelInfo, datasetInfo } = await import("@huggingface/hub");
  const given = {
    name: asked.id,
    revision: asked.revision,
    hubUrl: settings.endpoint,
    additionalFields: ["sha" as const],
  };
  const options = { ...given, fetch: patientFetch(asked, settings) };
  const info = await understood(asked, settings, asked.type === "model" ? modelInfo(options) : datasetInfo(options));
  if (!isCommit(String(info.sha))) throw unclearAnswer(asked, settings);
  return info.sha;
}

async function listTree(cache: RepositoryCache, commit: string, asked: Asked, settings: HubSettings): Promise<Tree> {
  const { listFiles } = await import("@huggingface/hub");
  const tree = new Map<string, RepositoryFile>();
  const listing = listFiles({
    repo: { type: asked.type, name: asked.id },
    revision: commit,
    recursive: true,
    hubUrl: settings.endpoint,
    fetch: patientFetch(asked, settings),
  });
  const read = async (): Promise<void> => {
    for await (const { type, path, size, oid, lfs, xetHash } of listing) {
      if (type !== "file") continue;
      if (typeof path !== "string" || !isSafePath(path)) {
        throw new PavlovError(
          `The ${asked.type} ${asked.id} has a file named ${JSON.stringify(path)}, which is not safe to write.`,
        );
      }
      tree.set(path, {
        path,
        size: lfs?.size ?? size,
        blobId: safeHash(oid),
        ...(lfs ? { sha256: safeHash(lfs.oid) } : {}),
        ...(xetHash === undefined ? {} : { xetHash }),
      });
    }
  };
  await understood(asked, settings, read());
  await cache.writeTree(commit, tree);
  return tree;

  /** A hash becomes a file's name, so it may be nothing else. */
  function safeHash(hash: string | undefined): string {
    if (hash === undefined || !/^[0-9a-f]{40,64}$/.test(hash)) throw unclearAnswer(asked, settings);
    return hash;
  }
}

/** Errors of reading an answer, such as HTML in the place of JSON, say what they are about. */
async function understood<T>(asked: Asked, settings: HubSettings, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    settings.signal?.throwIfAborted();
    throw PavlovError.isInstance(error) ? error : unclearAnswer(asked, settings, error);
  });
}

function unclearAnswer({ type, id }: Asked, { endpoint }: HubSettings, cause?: unknown): HubError {
  const message = `${endpoint} answers with something that is not the hub's when asked for the ${type} ${id}.`;
  return new HubError("failed", message, { hint: "Check HF_ENDPOINT, and whether a proxy asks for a login.", cause });
}

interface FetchContext {
  readonly cache: RepositoryCache;
  readonly commit: string;
  readonly asked: Asked;
  readonly settings: HubSettings;
}

async function fetchFiles(files: readonly RepositoryFile[], context: FetchContext): Promise<void> {
  const { cache, commit, asked, settings } = context;
  const missing: RepositoryFile[] = [];
  for (const file of files) if (!(await cache.has(commit, file))) missing.push(file);
  if (missing.length === 0) return;
  if (settings.offline) {
    const names = missing.map(({ path }) => path);
    const shown = names.length > 4 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
    const message = `The cache lacks ${shown} of the ${asked.type} ${asked.id}, and nothing may be downloaded.`;
    throw new HubError("failed", message, {
      hint: "Run once without --offline and HF_HUB_OFFLINE, to download the rest.",
    });
  }
  await requireSpace(cache, missing);
  const report = reporter(missing, asked.id, settings);
  const waiting = [...missing];
  // The first failure ends the other downloads too: each keeps what it has.
  const controller = new AbortController();
  const signal = settings.signal ? AbortSignal.any([settings.signal, controller.signal]) : controller.signal;
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file && !signal.aborted; file = waiting.shift()) {
      const path = file.path;
      try {
        await fetchFile(file, { ...context, settings: { ...settings, signal } }, (bytes) => report(path, bytes));
      } catch (error) {
        failures.push(error);
        controller.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  settings.signal?.throwIfAborted();
  if (failures.length > 0) throw failures[0] as Error;
  // Linked together, so that a folder never holds a part of what was asked for that looks like all of it.
  for (const file of missing) await cache.link(commit, file);
}

async function fetchFile(
  file: RepositoryFile,
  { cache, commit, asked, settings }: FetchContext,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const blobPath = cache.blobPath(file);
  const found = await stat(blobPath).catch(() => undefined);
  if (found?.size === file.size) {
    onBytes(file.size);
    return;
  }
  // Whatever it is, it is not the blob of this name.
  if (found) await rm(blobPath, { force: true });
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  const url = `${pageOf(settings.endpoint, asked)}/resolve/${commit}/${path}`;
  await downloadBlob({ url, asked: { ...asked, file: file.path }, file, blobPath, onBytes }, settings);
}

/** Tells of each file's bytes, and of all together. */
function reporter(files: readonly RepositoryFile[], repository: string, { emit }: HubSettings) {
  const arrived = new Map<string, number>();
  const sizes = new Map(files.map(({ path, size }) => [path, size]));
  const allTotal = files.reduce((sum, { size }) => sum + size, 0);
  return (file: string, bytes: number): void => {
    if (arrived.get(file) === bytes) return;
    arrived.set(file, bytes);
    const allBytes = [...arrived.values()].reduce((sum, each) => sum + each, 0);
    emit({ type: "download", repository, file, bytes, total: sizes.get(file) ?? 0, allBytes, allTotal });
  };
}
