/** What a plugin author pays for importing this package: only what its index loads at once. */
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** Packages and modules of Node that are loaded with `file`, through its static value imports and re-exports. */
function modulesOf(file: URL, seen = new Set<string>()): Set<string> {
  const modules = new Set<string>();
  if (seen.has(file.href)) return modules;
  seen.add(file.href);
  const source = readFileSync(fileURLToPath(file), "utf8");
  const imports = source.matchAll(/^(?:import|export) (?!type\b)(?:[^;"]*? from )?"([^"]+)";/gms);
  for (const [, name = ""] of imports) {
    if (!name.startsWith(".")) {
      modules.add(name);
      continue;
    }
    for (const inner of modulesOf(new URL(name.replace(/\.js$/, ".ts"), file), seen)) modules.add(inner);
  }
  return modules;
}

const loaded = [...modulesOf(new URL("index.ts", import.meta.url))];

test("the index loads no parser, validator or reader before it is needed", () => {
  expect(loaded.filter((name) => !isBuiltin(name))).toEqual([]);
});

test("the index loads none of Node's slow modules before they are needed", () => {
  expect(loaded).toContain("node:path");
  expect(loaded).not.toContain("node:crypto");
  expect(loaded).not.toContain("node:worker_threads");
});

test("what reads configs is seen to load its parser", () => {
  expect(modulesOf(new URL("config/index.ts", import.meta.url))).toContain("yaml");
});
