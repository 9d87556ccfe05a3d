/** Whether the manifest on the disk is that of the code. */
import { errorMessage, PavlovError, type PluginManifest } from "@pavlov/core";
import { readManifest } from "@pavlov/core/plugins";
import type { Finding } from "../finding.js";
import type { PluginFolder } from "../plugin-folder.js";

const fix = "Run: pavlov plugin build";

/** @param fresh the manifest of the code as it is now */
export async function manifestFindings(
  { folder, manifest: place }: PluginFolder,
  fresh: PluginManifest,
): Promise<readonly Finding[]> {
  // Where package.json does not say where it is, that has been told.
  if (place === undefined) return [];
  let written: PluginManifest;
  try {
    written = await readManifest(folder, place);
  } catch (thrown) {
    const message = sentence(errorMessage(thrown).replace(/^its manifest/, "The manifest"));
    const hint = PavlovError.isInstance(thrown) ? thrown.hint : undefined;
    return [{ rule: "manifest", message, fix: hint?.startsWith("Its author") ? fix : (hint ?? fix) }];
  }
  const difference = firstDifference(JSON.parse(JSON.stringify(fresh)), written, "");
  if (difference === undefined) return [];
  return [{ rule: "manifest", message: `The manifest ${place} is not that of the code: ${difference}.`, fix }];
}

/** Where two JSON values differ first, in words. */
function firstDifference(code: unknown, written: unknown, path: string): string | undefined {
  if (isObject(code) && isObject(written)) {
    for (const key of new Set([...Object.keys(code), ...Object.keys(written)])) {
      const found = firstDifference(code[key], written[key], path === "" ? key : `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const [said, found] = [show(written), show(code)];
  return said === found ? undefined : `${path} is ${said} there, and ${found} in the code`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  if (value === undefined) return "missing";
  const text = JSON.stringify(value);
  return text.length <= 100 ? text : `${text.slice(0, 97)}…`;
}

const sentence = (text: string): string => (text.endsWith(".") ? text : `${text}.`);
