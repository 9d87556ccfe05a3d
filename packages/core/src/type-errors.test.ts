/**
 * Compiles the fixtures in `__type-tests__` with the TypeScript that builds this package and with the oldest one that its
 * users may have, and checks each diagnostic's text: a line that ends with `// expect: <text>` must be an error that
 * contains the text, and no other line may be an error. Unions of literals have another order in each version.
 */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";

interface Diagnostic {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const folder = fileURLToPath(new URL("__type-tests__", import.meta.url));
const fixtures = readdirSync(folder).filter((name) => name.endsWith(".ts"));

describe.each(["typescript", "typescript-5.9"])("%s", (compiler) => {
  let diagnostics: readonly Diagnostic[] = [];
  beforeAll(async () => {
    diagnostics = await compile(compiler);
  }, 300_000);

  describe.each(fixtures)("%s", (file) => {
    const lines = readFileSync(join(folder, file), "utf8").split("\n");
    const expected = lines.flatMap((source, index) => {
      const [, text] = /\/\/ expect: (.+)$/.exec(source) ?? [];
      return text === undefined
        ? []
        : [{ line: index + 1, text, source: source.replace(/\s*\/\/ expect: .*/, "").trim() }];
    });

    test.each(expected)("$source — $text", ({ line, text }) => {
      expect(messagesAt(diagnostics, file, line)).toContain(inOrder(text));
    });

    test("gives no other error", () => {
      const marked = new Set(expected.map(({ line }) => line));
      expect(diagnostics.filter((found) => found.file === file && !marked.has(found.line))).toEqual([]);
      expect(expected.length).toBeGreaterThan(0);
    });
  });
});

function messagesAt(diagnostics: readonly Diagnostic[], file: string, line: number): string {
  return diagnostics
    .filter((found) => found.file === file && found.line === line)
    .map(({ text }) => text)
    .join("\n");
}

/** Text with the members of each union of literals in alphabetical order. */
function inOrder(text: string): string {
  return text.replaceAll(/"[^"]*"(?: \| "[^"]*")+/g, (union) => union.split(" | ").toSorted().join(" | "));
}

/** Errors in the fixtures; those of other files are the package's own build's business. */
async function compile(compiler: string): Promise<readonly Diagnostic[]> {
  const program = join(dirname(createRequire(import.meta.url).resolve(`${compiler}/package.json`)), "bin", "tsc");
  const args = [program, "-p", join(folder, "tsconfig.json"), "--pretty", "false"];
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, { maxBuffer: 2 ** 24 }, (error, stdout, stderr) =>
      // The compiler exits with 1 or 2 where it found errors, which it should.
      typeof error?.code === "string" || stdout === "" ? reject(error ?? new Error(stderr)) : resolve(stdout),
    );
  });
  const found: Diagnostic[] = [];
  // A diagnostic starts with its place; the lines that explain it are indented.
  for (const [, path = "", line, text = ""] of output.matchAll(/^(\S.*)\((\d+),\d+\): error (.+(?:\n +.*)*)/gm)) {
    if (dirname(path).endsWith("__type-tests__")) {
      found.push({ file: basename(path), line: Number(line), text: inOrder(text.replaceAll('\\"', '"')) });
    }
  }
  return found;
}
