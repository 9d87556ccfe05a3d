/**
 * What a reward's code is: the package that it comes from, or the user's own file, with a hash of what is in it. Result
 * caches, checkpoints, records of runs and lock files tell one version of a reward from another by it.
 */
import { basename, dirname, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { readPackageFile } from "../discovery/package-file.js";
import { readLocalFiles } from "../registry/local-imports.js";

/** A reward of an installed package, or of one that is linked into the project. */
export interface PackageSource {
  readonly package: string;
  readonly version: string;
  /** The hash of what the package publishes: see `packageIntegrity`. What it depends on is not in it. */
  readonly integrity: string;
}

/** A reward in a file of the user's own. */
export interface FileSource {
  /** Relative to the folder that was asked from, with `/` between its parts. */
  readonly file: string;
  /** The hash of the file and of every file that it reaches by relative imports. */
  readonly integrity: string;
}

export type SourceIdentity = PackageSource | FileSource;

/** What a process has read of packages, by folder: installed code does not change under it. */
const packages = new Map<string, Promise<PackageSource>>();
const published = new Map<string, Promise<ReadonlySet<string>>>();

/** Files whose line ends mean nothing, and are not the same on every machine that a repository is checked out on. */
const program = /\.(?:[cm]?[jt]sx?|json)$/;

/**
 * The identity of the code that a reward is imported from.
 *
 * A file is a package's where it lies in `node_modules`, or where the `files` of the nearest package.json list it: so
 * `dist` of a package in the same workspace is that package, and a file of the project's own is itself, with all that it
 * reaches by relative imports and by `new URL("./…", import.meta.url)`. It has the same identity wherever the project
 * lies, and whether its lines end in LF or CRLF.
 *
 * @param source where the reward is imported from
 * @param base the folder that the name of a local file starts from
 * @returns undefined for what is no file, or cannot be read
 */
export async function identifySource(
  source: { readonly module: string },
  base: string = process.cwd(),
): Promise<SourceIdentity | undefined> {
  if (!source.module.startsWith("file:")) return undefined;
  const path = fileURLToPath(source.module);
  const owner = await packageOf(path);
  if (owner !== undefined) return remembered(packages, owner.folder, () => identifyPackage(owner));
  const { hashFiles } = await hashing();
  const files = await readLocalFiles(source.module);
  if (files.length === 0) return undefined;
  const folder = dirname(path);
  const contents = files.map((file) => ({
    // The file's own name makes no difference, and the empty one comes first.
    name: file.path === path ? "" : slashed(relative(folder, file.path)),
    bytes: program.test(file.path) ? withPlainLineEnds(file.bytes) : file.bytes,
  }));
  contents.sort((left, right) => (left.name < right.name ? -1 : 1));
  return { file: slashed(relative(base, path)), integrity: hashFiles(contents) };
}

/** Who only defines rewards loads no cryptography. */
const hashing = () => import("../discovery/content-hash.js");

interface Owner {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
}

async function identifyPackage({ folder, name, version }: Owner): Promise<PackageSource> {
  const { packageIntegrity } = await hashing();
  return { package: name, version, integrity: await packageIntegrity(folder) };
}

/** The package that a file is published in; undefined for a file of the user's own. */
async function packageOf(path: string): Promise<Owner | undefined> {
  const installed = path.split(sep).includes("node_modules");
  for (let folder = dirname(path); basename(folder) !== "node_modules"; folder = dirname(folder)) {
    const file = await readPackageFile(folder).catch(() => undefined);
    // Some folders of a package hold only { "type": "commonjs" }.
    if (file?.name !== undefined && file.version !== undefined) {
      const owner = { folder, name: file.name, version: file.version };
      return installed || (await publishes(folder, path)) ? owner : undefined;
    }
    if (folder === dirname(folder)) break;
  }
  return undefined;
}

/** Whether a package that is not installed lists the file among those that it publishes. */
async function publishes(folder: string, path: string): Promise<boolean> {
  const { publishedFiles } = await hashing();
  const names = remembered(published, folder, async () => new Set(await publishedFiles(folder, { listed: true })));
  return (await names).has(slashed(relative(folder, path)));
}

function remembered<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}

function slashed(path: string): string {
  return path.split(sep).join("/");
}

function withPlainLineEnds(bytes: Buffer): Buffer {
  return bytes.includes("\r\n") ? Buffer.from(bytes.toString("latin1").replaceAll("\r\n", "\n"), "latin1") : bytes;
}
