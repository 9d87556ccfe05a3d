/**
 * Imports a reward's file of the user's own. Files that import each other are found out here, since what they give
 * depends on which of them is imported first: Node.js throws, or waits for ever, and jiti gives `undefined`.
 */
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { PavlovError } from "../error.js";
import { importModule, type ModuleExports } from "./import-module.js";
import { cycleHint, importOrExplain } from "./import-or-explain.js";
import { findImportCycles, formatCycle, type ImportCycle, readLocalFiles } from "./local-imports.js";

/** Milliseconds that files in a circle may take, where something else keeps the process running. */
const patience = 30_000;

/** Text that a file has which defines a reward. */
const definition = /\b(?:defineReward|definePlugin|compose)\s*\(/;
const typeScript = /\.[cm]?tsx?$/;

/**
 * The exports of a local file.
 *
 * @param shown what messages call it
 * @throws PavlovError where it cannot be imported, or where rewards of TypeScript files need each other.
 */
export async function importLocalFile(module: string, shown: string): Promise<ModuleExports> {
  const cycles = findImportCycles(await readLocalFiles(module));
  const [first] = cycles;
  if (first === undefined) return importOrExplain(module, shown);
  const unsafe = cycles.filter((cycle) => cycle.every(({ path }) => typeScript.test(path)));
  const rewards = unsafe.find((cycle) => cycle.filter(({ bytes }) => definition.test(bytes.toString())).length > 1);
  if (rewards) throw refusal(shown, "it and another file with rewards need each other", rewards);
  const exports = await untilStuck(importOrExplain(module, shown), () => refusal(shown, "it waits for itself", first));
  for (const cycle of unsafe) {
    const missing = await firstMissing(cycle);
    if (missing !== undefined) throw refusal(shown, missing, cycle);
  }
  return exports;
}

function refusal(shown: string, reason: string, cycle: ImportCycle): PavlovError {
  const message = `${shown} could not be imported: ${reason}. These files import each other: ${formatCycle(cycle)}.`;
  return new PavlovError(message, { hint: cycleHint });
}

/** Rejects where nothing is left that could end the import: files that await each other's import never end it. */
async function untilStuck<T>(importing: Promise<T>, why: () => PavlovError): Promise<T> {
  let stop: (() => void) | undefined;
  const stuck = new Promise<never>((_, reject) => {
    const tell = () => reject(why());
    const timer = setTimeout(tell, patience).unref();
    process.once("beforeExit", tell);
    stop = () => {
      clearTimeout(timer);
      process.off("beforeExit", tell);
    };
  });
  return Promise.race([importing, stuck]).finally(stop);
}

/** An export that a circle has left without its value. The files are in memory: they are not run again. */
async function firstMissing(cycle: ImportCycle): Promise<string | undefined> {
  for (const { path } of cycle) {
    for (const [name, value] of Object.entries(await importModule(pathToFileURL(path).href))) {
      if (value !== undefined && !Number.isNaN(value)) continue;
      return `"${name}" of ${basename(path)} is ${String(value)}, since what it needs was not there yet`;
    }
  }
  return undefined;
}
