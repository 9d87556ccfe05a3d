/** The project that a config belongs to: its package.json, and what that depends on. */
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { errorMessage, PavlovError } from "../error.js";
import { isFile } from "../is-file.js";
import { type PackageFile, readPackageFile } from "./package-file.js";

/** A folder with a package.json. */
export interface PackageFolder {
  readonly folder: string;
  readonly file: PackageFile;
}

/** The package that a folder is in, with the root of its workspaces where that is another one. Nearest first. */
export type Project = readonly PackageFolder[];

/**
 * The project around a folder: the nearest package.json above it that has a name or dependencies, and the first one
 * above that which has workspaces. Empty where there is none.
 *
 * @throws PavlovError where a package.json is no JSON.
 */
export async function findProject(start: string): Promise<Project> {
  const project: PackageFolder[] = [];
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (await isFile(join(folder, "package.json"))) {
      const file = await readOrExplain(folder);
      const isRoot = file.hasWorkspaces || (await isFile(join(folder, "pnpm-workspace.yaml")));
      if (project.length === 0 || isRoot) project.push({ folder, file });
      if (isRoot) return project;
    }
    if (folder === dirname(folder)) return project;
  }
}

/** The names that a project depends on, each with the folder that it is resolved from. */
export function dependenciesOf(project: Project): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { folder, file } of project) {
    const groups = [file.dependencies, file.devDependencies, file.optionalDependencies, file.peerDependencies];
    for (const name of groups.flatMap((group) => Object.keys(group))) if (!found.has(name)) found.set(name, folder);
  }
  return found;
}

/**
 * The folder of a package as Node finds it: in `node_modules` of `from` and of each folder above it. Links, which
 * workspaces and pnpm make, are left as they are.
 */
export async function findPackage(name: string, from: string): Promise<string | undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (await isFile(join(candidate, "package.json"))) return candidate;
    if (folder === dirname(folder)) break;
  }
  // Package managers without node_modules teach this function where packages are.
  try {
    return dirname(createRequire(join(from, "package.json")).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

async function readOrExplain(folder: string): Promise<PackageFile> {
  try {
    return await readPackageFile(folder);
  } catch (thrown) {
    const path = join(folder, "package.json");
    throw new PavlovError(`${path}: ${errorMessage(thrown).replace("its package.json", "it")}.`, { cause: thrown });
  }
}
