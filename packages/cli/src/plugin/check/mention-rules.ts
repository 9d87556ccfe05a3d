/** Whether the rewards that a plugin's README and description name are there: what the template named may be gone. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { suggestion, type PluginManifest } from "@pavlov/core";
import type { Finding } from "../finding.js";
import type { PluginFolder } from "../plugin-folder.js";

/** What stands before a reward's name where a reader would copy it: in a config, in a command, in marks of code. */
const before = String.raw`(?:\buse:\s*["']?|\$preset:\s*["']?|\bpavlov info\s+|${"`"})`;

/** @param manifest of the code as it is now */
export async function mentionFindings(
  { folder }: Pick<PluginFolder, "folder">,
  { namespace, rewards, presets }: PluginManifest,
): Promise<readonly Finding[]> {
  const readme = await readFile(join(folder, "README.md"), "utf8").catch(() => "");
  const file = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { readonly description?: unknown };
  const description = typeof file.description === "string" ? file.description : "";
  const names = [...Object.keys(rewards), ...Object.keys(presets)];
  const name = String.raw`${namespace}/([A-Za-z][\w-]*)(?![\w/-]|\.\w)`;
  const gone = (text: string, pattern: string): readonly string[] => {
    const found = [...text.matchAll(new RegExp(pattern, "g"))].map(([, own = ""]) => own);
    return [...new Set(found)].filter((own) => !names.includes(own));
  };
  const tell = (place: string, own: string): Finding => ({
    rule: "examples",
    message: `${place} names ${namespace}/${own}, which the plugin does not have.${suggestion(own, names)}`,
    fix: `It has ${names.map((one) => `${namespace}/${one}`).join(", ")}.`,
  });
  return [
    ...gone(readme, `${before}${name}`).map((own) => tell("README.md", own)),
    ...gone(description, String.raw`(?<![\w/@.-])${name}`).map((own) => tell("The description in package.json", own)),
  ];
}
