import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";

const here = import.meta.dirname;
const visited = new Set<string>();

/** Everything that the file imports, by its specifier. */
function imports(file: string): string[] {
  if (visited.has(file)) return [];
  visited.add(file);
  const source = readFileSync(file, "utf8");
  const specifiers = [...source.matchAll(/^(?:import|export) (?!type )[^;]*? from "([^"]+)";/gms)].map(
    (match) => match[1] ?? "",
  );
  return specifiers.flatMap((specifier) =>
    specifier.startsWith(".") ? imports(path.join(path.dirname(file), specifier.replace(/\.js$/, ".ts"))) : [specifier],
  );
}

it("needs nothing but its own files, so that a browser can run it", () => {
  expect(imports(path.join(here, "math.ts"))).toEqual([]);
  expect(visited.size).toBeGreaterThan(20);
  for (const file of visited) expect(readFileSync(file, "utf8")).not.toMatch(/\b(?:process|Buffer|require)\b[.(]/);
  expect(readdirSync(here).filter((name) => statSync(path.join(here, name)).isDirectory())).not.toEqual([]);
});
