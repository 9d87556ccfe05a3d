/**
 * The cache on disk, in the layout of Python's `huggingface_hub`, so that each uses what the other has downloaded:
 * `models--org--name/{refs/<revision>, blobs/<hash>, snapshots/<commit>/<file>, trees/<commit>.json}`.
 */
import { copyFile, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { dirname, join, relative, sep } from "node:path";

/** A repository of the hub. */
export interface Repository {
  readonly type: "model" | "dataset";
  /** `org/name`, or `name` of the few that have no owner. */
  readonly id: string;
}

/** One file of a commit. */
export interface RepositoryFile {
  /** In the repository, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Git's SHA-1 of the blob; empty where it is not known. */
  readonly blobId: string;
  /** SHA-256 of the contents, for large files. */
  readonly sha256?: string;
  /** The address of the contents in the hub's newer storage; kept for Python. */
  readonly xetHash?: string;
}

/** The files of a commit by path. */
export type Tree = ReadonlyMap<string, RepositoryFile>;

const TREE_FORMAT = 1;

/** The folder of one repository in the cache. */
export class RepositoryCache {
  readonly folder: string;

  constructor(cacheFolder: string, { type, id }: Repository) {
    this.folder = join(cacheFolder, [`${type}s`, ...id.split("/")].join("--"));
  }

  /** The commit that a branch or tag pointed to when it was last asked for. */
  async readReference(revision: string): Promise<string | null> {
    const commit = await readFile(join(this.folder, "refs", revision), "utf8").catch(() => "");
    return isCommit(commit.trim()) ? commit.trim() : null;
  }

  async writeReference(revision: string, commit: string): Promise<void> {
    if ((await this.readReference(revision)) === commit) return;
    const path = join(this.folder, "refs", revision);
    await mkdir(dirname(path), { recursive: true });
    await replaceFile(path, commit);
  }

  /** A commit never changes, and neither does the list of its files. Null where it was not kept or is damaged. */
  async readTree(commit: string): Promise<Tree | null> {
    try {
      const text = await readFile(this.#treePath(commit), "utf8");
      const { format_version, files } = JSON.parse(text) as { format_version: unknown; files: Record<string, unknown> };
      if (format_version !== TREE_FORMAT) return null;
      return new Map(Object.entries(files).map(([path, entry]) => [path, fromEntry(path, entry as TreeEntry)]));
    } catch {
      return null;
    }
  }

  async writeTree(commit: string, tree: Tree): Promise<void> {
    const files = Object.fromEntries([...tree.values()].map((file) => [file.path, toEntry(file)]));
    await mkdir(join(this.folder, "trees"), { recursive: true });
    await replaceFile(this.#treePath(commit), JSON.stringify({ format_version: TREE_FORMAT, files }, null, 1));
  }

  /** The files of a commit that are here, where nobody can be asked which ones there are. */
  async listSnapshot(commit: string): Promise<Tree> {
    const folder = this.snapshotFolder(commit);
    const entries = await readdir(folder, { recursive: true }).catch(() => []);
    const tree = new Map<string, RepositoryFile>();
    for (const entry of entries) {
      const found = await stat(join(folder, entry)).catch(() => undefined);
      const path = entry.split(sep).join("/");
      if (found?.isFile()) tree.set(path, { path, size: found.size, blobId: "" });
    }
    return tree;
  }

  snapshotFolder(commit: string): string {
    return join(this.folder, "snapshots", commit);
  }

  /** Whether a file of a commit is here as a whole. */
  async has(commit: string, { path, size }: RepositoryFile): Promise<boolean> {
    const found = await stat(join(this.snapshotFolder(commit), path)).catch(() => undefined);
    return found?.isFile() === true && found.size === size;
  }

  blobPath({ sha256, blobId }: RepositoryFile): string {
    return join(this.folder, "blobs", sha256 ?? blobId);
  }

  /** Puts a downloaded blob into a commit's folder: a relative link, or a copy where links are not allowed. */
  async link(commit: string, file: RepositoryFile): Promise<void> {
    const place = join(this.snapshotFolder(commit), file.path);
    const blob = this.blobPath(file);
    await mkdir(dirname(place), { recursive: true });
    const temporary = temporaryName(place);
    await symlink(relative(dirname(place), blob), temporary).catch(() => copyFile(blob, temporary));
    await rename(temporary, place);
  }

  #treePath(commit: string): string {
    return join(this.folder, "trees", `${commit}.json`);
  }
}

/** Whoever reads the file meanwhile finds the old contents or the new ones; several may write at once. */
async function replaceFile(path: string, contents: string): Promise<void> {
  const temporary = temporaryName(path);
  await writeFile(temporary, contents);
  await rename(temporary, path);
}

function temporaryName(path: string): string {
  return `${path}.${randomUUID().slice(0, 8)}.tmp`;
}

/** True for a whole commit hash, which always means the same files. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/** An entry of `trees/<commit>.json`, by Python's names. */
interface TreeEntry {
  readonly size: number;
  readonly blob_id: string;
  readonly lfs_sha256?: string;
  readonly lfs_size?: number;
  readonly xet_hash?: string;
}

function fromEntry(path: string, entry: TreeEntry): RepositoryFile {
  const { size, blob_id: blobId, lfs_sha256: sha256, lfs_size, xet_hash: xetHash } = entry;
  if (!Number.isSafeInteger(size) || typeof blobId !== "string" || !isSafePath(path)) throw new Error("not a tree");
  return { path, size: lfs_size ?? size, blobId, ...(sha256 ? { sha256 } : {}), ...(xetHash ? { xetHash } : {}) };
}

function toEntry({ size, blobId, sha256, xetHash }: RepositoryFile): TreeEntry {
  return {
    size,
    blob_id: blobId,
    ...(sha256 === undefined ? {} : { lfs_sha256: sha256, lfs_size: size }),
    ...(xetHash === undefined ? {} : { xet_hash: xetHash }),
  };
}

/** False for a path that would leave the folder it is put in, on any system. */
export function isSafePath(path: string): boolean {
  const segments = path.split(/[/\\]/);
  return path !== "" && !segments.includes("..") && !segments.includes("") && !/(^|\/)[A-Za-z]:/.test(path);
}
