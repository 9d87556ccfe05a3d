/** Writes a new plugin's package from the template: one reward with fixtures, tests, README and workflow. */
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { CreateError } from "./create-error.js";
import { readNames, type PluginNames } from "./names.js";

/** A package that was written. */
export interface CreatedPlugin extends PluginNames {
  /** Paths from the folder, in alphabetical order. */
  readonly files: readonly string[];
}

const root = fileURLToPath(new URL("../", import.meta.url));

/** What may lie in a folder that counts as empty: what hosts of repositories put into new ones. */
const harmless = new Set([".git", ".DS_Store", "LICENSE"]);

/**
 * Makes a package in a new or empty folder. Nothing is installed, and nothing is overwritten.
 *
 * @param name such as `my-reward`, `@acme/my-reward`, `rewards/my-reward` or `.`
 * @param from the folder that it is made in. Default: the working directory
 * @throws CreateError for a name that no plugin can have, and for a folder that is not empty.
 */
export async function createPlugin(name: string, from: string = process.cwd()): Promise<CreatedPlugin> {
  const names = readNames(name, from);
  const existing = await checkEmpty(names.folder);
  const values = {
    __PACKAGE__: names.packageName,
    __NAMESPACE__: names.namespace,
    __VERSION__: await ownVersion(),
  };
  const template = join(root, "template");
  const texts = new Map<string, string>();
  for (const path of await filesIn(template)) {
    texts.set(targetOf(relative(template, path)), fill(await readFile(path, "utf8"), values));
  }
  if (!existing.includes("LICENSE")) texts.set("LICENSE", await readFile(join(root, "LICENSE"), "utf8"));
  for (const [path, text] of texts) {
    const target = join(names.folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text, { flag: "wx" });
  }
  return { ...names, files: [...texts.keys()].toSorted() };
}

/** The files of a folder that is empty but for what is harmless. */
async function checkEmpty(folder: string): Promise<readonly string[]> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) return [];
  const hint = "Choose another name, or remove what is there.";
  if (!found.isDirectory()) throw new CreateError(`${folder} is there already, and is no folder.`, hint);
  const existing = await readdir(folder);
  const other = existing.filter((name) => !harmless.has(name));
  if (other.length === 0) return existing;
  if (other.includes("package.json")) {
    throw new CreateError(
      `The folder ${folder} has a package already.`,
      "To go on with it, install what it depends on in that folder; to begin anew, remove it or choose another name.",
    );
  }
  const shown = other.slice(0, 3).join(", ") + (other.length > 3 ? ", …" : "");
  throw new CreateError(`The folder ${folder} is not empty: it has ${shown}.`, hint);
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/**
 * npm leaves files such as `.gitignore` out of packages, and a package.json within a package would be one of its own:
 * their names begin with `_` in the template.
 */
function targetOf(path: string): string {
  const name = path.replaceAll("\\", "/");
  return name === "_package.json" ? "package.json" : name.replace(/^_/, ".");
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/__[A-Z]+__/g, (placeholder) => values[placeholder] ?? placeholder);
}

/** The packages of Pavlov share one version. */
async function ownVersion(): Promise<string> {
  const file: unknown = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  return (file as { version: string }).version;
}
