/** What publint says of the package as it would be published. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Finding } from "../finding.js";
import type { PluginFolder } from "../plugin-folder.js";
import { readPacked, type PackedFiles } from "./pack-rules.js";

/** What the rules on builds and packing have told already, in a plugin author's words. */
const told = new Set(["FILE_DOES_NOT_EXIST", "FILE_NOT_PUBLISHED"]);

/** A finding for each of its messages. */
export async function publintFindings(plugin: PluginFolder, packed: PackedFiles): Promise<readonly Finding[]> {
  const [{ publint }, { formatMessage }] = await Promise.all([import("publint"), import("publint/utils")]);
  const files = await readPacked(plugin, packed);
  const { messages } = await publint({ pkgDir: "package", pack: { files }, strict: true });
  const manifest = JSON.parse(await readFile(join(plugin.folder, "package.json"), "utf8")) as Record<string, unknown>;
  return messages
    .filter(({ code }) => !told.has(code))
    .map((message): Finding => {
      const text = formatMessage(message, manifest, { color: false }) ?? message.code;
      return { rule: "publint", message: text, fix: `Mend ${message.path.join(".")} of package.json.` };
    });
}
