/** Plugins of registries as lines: name and version, what they do, and what is known of them. */
import type { RegistryPlugin } from "../npm-search/search-registries.js";
import type { Colors } from "./colors.js";
import { grouped } from "./format.js";
import { cut, fill, printable } from "./text.js";

/** A plugin, with the version that is installed where one is. */
export interface ShownPlugin extends RegistryPlugin {
  readonly installed: string | null;
}

export function searchLines(plugins: readonly ShownPlugin[], width: number, colors: Colors): string[] {
  return plugins.flatMap(({ name, version, description, date, downloads, provenance, installed }) => {
    const title = cut(printable(`${name}@${version}`), width);
    const has =
      installed === null ? "" : `  ${installed === version ? "installed" : `installed: ${printable(installed)}`}`;
    const facts = [
      `published ${date === null ? "unknown" : date.slice(0, 10)}`,
      `downloads ${downloads === null ? "unknown" : `${grouped(downloads)} a month`}`,
      `provenance ${provenance === null ? "unknown" : provenance ? "yes" : "none"}`,
    ];
    const about = printable(description.replace(/\s+/g, " ").trim()) || "(no description)";
    return [
      `${colors.bold(title)}${colors.green(has)}`,
      ...fill(about, Math.max(20, width - 2)).map((line) => `  ${line}`),
      ...fill(facts.join("; "), Math.max(20, width - 2)).map((line) => `  ${colors.dim(line)}`),
      "",
    ];
  });
}
