/** Imports a module by URL, TypeScript included: through jiti, which is loaded only then (Node 20 knows no types). */
import { fileURLToPath } from "node:url";
import type { Jiti } from "jiti";

export type ModuleExports = Readonly<Record<string, unknown>>;

let loader: Promise<Jiti> | undefined;

/**
 * The exports of a JavaScript or TypeScript module. Rejects with whatever the module throws.
 * @param url a file URL, or any URL that Node imports
 */
export async function importModule(url: string): Promise<ModuleExports> {
  if (!isTypeScript(url)) return (await import(/* @vite-ignore */ url)) as ModuleExports;
  const jiti = await loadJiti();
  // By path: jiti caches its transpiled output by the file's content.
  return jiti.import<ModuleExports>(fileURLToPath(url));
}

/**
 * Resolves a package, or a path in it, to a URL by Node's rules for `import`.
 * @param from path of a file in the folder that asks; it need not exist
 */
export async function resolvePackage(specifier: string, from: string): Promise<string | undefined> {
  const jiti = await loadJiti();
  return jiti.esmResolve(specifier, { parentURL: from, conditions: ["node", "import"], try: true }) || undefined;
}

function isTypeScript(url: string): boolean {
  return /\.[cm]?tsx?$/.test(url);
}

function loadJiti(): Promise<Jiti> {
  // Without interop the default export stays beside the named ones, as in a native import.
  return (loader ??= import("jiti").then(({ createJiti }) => createJiti(import.meta.url, { interopDefault: false })));
}
