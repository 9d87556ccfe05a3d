/** What a plugin author pays for importing this package: only what its index loads at once. */
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** Packages that are loaded with `file`, through its static value imports and re-exports. */
function packagesOf(file: URL, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(file.href)) return packages;
  seen.add(file.href);
  const source = readFileSync(fileURLToPath(file), "utf8");
  const imports = source.matchAll(/^(?:import|export) (?!type\b)(?:[^;"]*? from )?"([^"]+)";/gms);
  for (const [, name = ""] of imports) {
    if (!name.startsWith(".")) {
      if (!isBuiltin(name)) packages.add(name);
      continue;
    }
    for (const inner of packagesOf(new URL(name.replace(/\.js$/, ".ts"), file), seen)) packages.add(inner);
  }
  return packages;
}

test("the index loads no parser, validator or reader before it is needed", () => {
  expect([...packagesOf(new URL("index.ts", import.meta.url))].toSorted()).toEqual([]);
});
