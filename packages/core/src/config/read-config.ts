/** Reads a config file of any kind into its value and positions. Programs are loaded with jiti, on Node 20 as well. */
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { errorMessage, PavlovError } from "../error.js";
import { cycleHint, cycleOf, withPeriod } from "../registry/import-or-explain.js";
import { parseJSONDocument, parseYAML, type ConfigDocument } from "./document.js";
import { asWritten } from "./rewards-in-code.js";

/**
 * Reads a config.
 *
 * @param path absolute path of the file
 * @param name the file's name in messages
 * @throws PavlovError when it cannot be read, parsed or run, or exports no object.
 */
export async function readConfig(path: string, name: string): Promise<ConfigDocument> {
  switch (extname(path).toLowerCase()) {
    case ".yaml":
    case ".yml":
      return parseYAML(await readSource(path, name), name);
    case ".json":
      return parseJSONDocument(await readSource(path, name), name);
    case ".ts":
    case ".mts":
    case ".js":
    case ".mjs":
      return { value: asWritten(await importConfig(path, name)), locate: () => ({ file: name }) };
    default:
      throw new PavlovError(`Config file ${name} must end in .yaml, .yml, .json, .ts, .mts, .js or .mjs`);
  }
}

async function readSource(path: string, name: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).replace(/^\uFEFF/, "");
  } catch (cause) {
    throw new PavlovError(`Cannot read config file ${name}: ${errorMessage(cause)}`, { cause });
  }
}

async function importConfig(path: string, name: string): Promise<unknown> {
  const { createJiti } = await import("jiti");
  let module: unknown;
  try {
    module = await createJiti(import.meta.url).import(path);
  } catch (cause) {
    const cycle = await cycleOf(pathToFileURL(path).href);
    if (cycle !== undefined) {
      const message = `Cannot load config file ${name}: ${withPeriod(errorMessage(cause))}`;
      throw new PavlovError(`${message} These files import each other: ${cycle}.`, { hint: cycleHint, cause });
    }
    if (PavlovError.isInstance(cause)) {
      throw new PavlovError(`${name}: ${cause.message}`, { hint: cause.hint, location: cause.location, cause });
    }
    throw new PavlovError(`Cannot load config file ${name}: ${errorMessage(cause)}`, { cause });
  }
  if (typeof module === "object" && module !== null && "default" in module) return module.default;
  throw new PavlovError(`Config file ${name} has no default export; write: export default defineConfig({ … })`);
}
