/** Imports a module that somebody wrote; what can go wrong becomes a sentence with its usual cause. */
import { errorMessage, PavlovError } from "../error.js";
import { importModule, type ModuleExports } from "./import-module.js";
import { findImportCycles, formatCycle, readLocalFiles } from "./local-imports.js";

/** What to do about files that import each other. */
export const cycleHint =
  "Move what they share into a third file that imports neither; types alone are imported with import type.";

/**
 * The exports of a module, as they are when it has been imported.
 *
 * @param shown what messages call it
 * @throws PavlovError with the reason, and the module's own error as its cause.
 */
export async function importOrExplain(module: string, shown: string): Promise<ModuleExports> {
  try {
    // Exports that only pass each other on throw when they are read, not when they are imported.
    return { ...(await importModule(module)) };
  } catch (cause) {
    const cycle = await cycleOf(module);
    const because = cycle === undefined ? "" : ` These files import each other: ${cycle}.`;
    throw new PavlovError(`${shown} could not be imported: ${withPeriod(errorMessage(cause))}${because}`, {
      hint: hintFor(cause, cycle, module),
      cause,
    });
  }
}

/** The first circle among the files that a module imports: `a.ts → b.ts → a.ts`. */
export async function cycleOf(module: string): Promise<string | undefined> {
  const [first] = findImportCycles(await readLocalFiles(module));
  return first && formatCycle(first);
}

function hintFor(cause: unknown, cycle: string | undefined, module: string): string | undefined {
  if (cycle !== undefined) return cycleHint;
  const missing = missingPackage(cause);
  if (missing !== undefined) return `Run: npm install ${missing}`;
  // What is said of a reward or plugin that is defined wrongly says what to do.
  if (PavlovError.isInstance(cause)) return cause.hint;
  if (module.includes("/node_modules/")) return "Install another version of the package, or ask its author.";
  return "Rewards are imported when they are resolved: what the module does at its top level must not throw.";
}

/** The package that an import did not find. */
function missingPackage(cause: unknown): string | undefined {
  const { code } = cause as { code?: unknown };
  if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") return undefined;
  const name = /Cannot find (?:package|module) '([^'./][^']*)'/.exec(errorMessage(cause))?.[1];
  return name?.split("/", name.startsWith("@") ? 2 : 1).join("/");
}

/** A message's first line as a sentence. */
export function withPeriod(message: string): string {
  const [line = ""] = message.split("\n");
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
