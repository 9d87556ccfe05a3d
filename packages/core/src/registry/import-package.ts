/** Imports a package that a reference names in full, `@acme/pavlov-reward-sql#executes`, and holds a plugin to its duties. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readPackageFile, type PackageFile } from "../discovery/package-file.js";
import { checkDuties } from "../discovery/plugin-duties.js";
import { claimsToBePlugin } from "../discovery/plugin-package.js";
import { findPackage } from "../discovery/project.js";
import { errorMessage, PavlovError } from "../error.js";
import { importOrExplain } from "./import-or-explain.js";
import { type ModuleExports, resolvePackage } from "./import-module.js";

/** A package's module in memory. */
export interface ImportedPackage {
  /** URL of the module. */
  readonly module: string;
  readonly exports: ModuleExports;
  /** Absent where no package.json above the module has the package's name and a version. */
  readonly package: { readonly name: string; readonly version: string } | undefined;
}

/**
 * The package, or the path in it, as Node.js imports it from a folder. Of a package that says that it is a plugin, scripts,
 * version of the API and peers are looked at before its code runs, as they are of plugins that are found; it needs no
 * manifest.
 *
 * @param specifier `pavlov-reward-sql`, `@acme/rewards/strict`
 * @throws PavlovError that names the package, what is wrong and what to do.
 */
export async function importPackage(specifier: string, cwd: string): Promise<ImportedPackage> {
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const module = await resolvePackage(specifier, join(cwd, "package.json"));
  if (module === undefined) throw await unresolved(specifier, name, cwd);
  const found = await packageAround(module, name);
  const version = found?.file.version;
  const shown = version === undefined ? specifier : `${name}@${version}${specifier.slice(name.length)}`;
  if (found !== undefined && claimsToBePlugin(name, found.file)) {
    await checkDuties(found.folder, found.file).catch((thrown: unknown) => {
      const hint = PavlovError.isInstance(thrown) ? thrown.hint : undefined;
      throw new PavlovError(`${shown} cannot be used: ${errorMessage(thrown)}.`, { hint, cause: thrown });
    });
  }
  const exports = await importOrExplain(module, shown);
  return { module, exports, package: version === undefined ? undefined : { name, version } };
}

async function unresolved(specifier: string, name: string, cwd: string): Promise<PavlovError> {
  if ((await findPackage(name, cwd)) === undefined) {
    return new PavlovError(
      `The package "${specifier}" is not installed for ${cwd}: install it with npm install ${name}.`,
    );
  }
  return new PavlovError(
    `The package "${name}" has no module to import as "${specifier}": its "exports" lead nowhere.`,
    {
      hint: `Install it again (npm install ${name}), or ask its author whether the package was built.`,
    },
  );
}

/** The nearest package.json above a module that has the package's name; others hold only { "type": "commonjs" }. */
async function packageAround(
  module: string,
  name: string,
): Promise<{ readonly folder: string; readonly file: PackageFile } | undefined> {
  if (!module.startsWith("file:")) return undefined;
  for (let folder = dirname(fileURLToPath(module)); ; folder = dirname(folder)) {
    const file = await readPackageFile(folder).catch(() => undefined);
    if (file?.name === name) return { folder, file };
    if (folder === dirname(folder)) return undefined;
  }
}
