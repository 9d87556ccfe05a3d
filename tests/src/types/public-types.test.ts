/**
 * Compiles the declarations that every package publishes as a strict user would, without `skipLibCheck`, with the
 * TypeScript that builds them and with the oldest one that users may have.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const compilers = ["typescript", "typescript-5.9"] as const;
/** Whose declarations need nothing that does not compile by itself. Those of TensorFlow.js do not. */
const selfContained = ["core", "create-pavlov-reward", "rewards"];
const resolutions = {
  nodenext: { module: "nodenext" },
  bundler: { module: "esnext", moduleResolution: "bundler" },
} as const;

// In the repository, so that packages are found from it.
const folder = mkdtempSync(join(root, "tests", "dist", "types-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Manifest {
  readonly exports?: Readonly<Record<string, string | { readonly types?: string }>>;
}

/** Paths of the declarations that a package's exports name. */
function declarationsOf(name: string): readonly string[] {
  const path = join(root, "packages", name);
  const { exports = {} } = JSON.parse(readFileSync(join(path, "package.json"), "utf8")) as Manifest;
  return Object.values(exports).flatMap((entry) =>
    typeof entry === "object" && entry.types !== undefined ? [resolve(path, entry.types)] : [],
  );
}

function programOf(compiler: string): string {
  return join(dirname(createRequire(import.meta.url).resolve(`${compiler}/package.json`)), "bin", "tsc");
}

/** The first lines of all errors. */
async function errorsOf(
  compiler: string,
  packages: readonly string[],
  options: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const strict = { strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: false };
  const compilerOptions = { target: "es2022", lib: ["es2023"], types: ["node"], ...strict, ...options };
  const config = join(folder, `${compiler}-${options["module"]}-${packages.length}.json`);
  writeFileSync(config, JSON.stringify({ compilerOptions, files: packages.flatMap(declarationsOf) }));
  const args = [programOf(compiler), "-p", config, "--pretty", "false"];
  const output = await promisify(execFile)(process.execPath, args, { cwd: root, maxBuffer: 2 ** 26 }).then(
    ({ stdout }) => stdout,
    (thrown: { readonly stdout?: string; readonly code?: unknown }) => {
      // The compiler exits with 1 or 2 where it found errors.
      if (thrown.code === 1 || thrown.code === 2) return thrown.stdout ?? "";
      throw thrown;
    },
  );
  return output.split("\n").filter((line) => /(?:^|\): )error TS\d+/.test(line));
}

describe.each(compilers)("%s", (compiler) => {
  test.each(Object.keys(resolutions) as (keyof typeof resolutions)[])(
    "takes the declarations of the packages that need no tensors, and of all that they need (%s)",
    async (resolution) => {
      expect(selfContained.flatMap(declarationsOf).length).toBeGreaterThan(5);
      expect(await errorsOf(compiler, selfContained, resolutions[resolution])).toEqual([]);
    },
    300_000,
  );

  test("takes our own declarations of all packages", async () => {
    const all = readdirSync(join(root, "packages"));
    const errors = await errorsOf(compiler, all, resolutions.nodenext);
    // Those of dependencies are theirs, but an error without a file is ours.
    expect(errors.filter((line) => !line.startsWith("node_modules/"))).toEqual([]);
  }, 300_000);
});

test("the newer one builds: where an update has put the other in its place, npm rebuild typescript mends it", () => {
  const program = join(root, "node_modules", ".bin", "tsc");
  // A link, or on Windows a file that names the program.
  expect(`${realpathSync(program)}\n${readFileSync(program, "utf8")}`).not.toContain("typescript-5.9");
});
