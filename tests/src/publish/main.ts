/**
 * From an idea to a trained model with a stranger's reward, as its author and its user do it, with a real registry on
 * this machine and without this repository: `npm run publish-check [-- --keep]`. Packages are packed, a plugin is created,
 * tested, checked and published, and installed into a new project, where it is listed, searched, composed and trained with.
 * The last line counts the checks; exits with 1 where one fails.
 */
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { publishPlugin } from "./author.js";
import { openChecks } from "./checks.js";
import { startRegistry } from "./local-registry.js";
import { mustRun } from "./run-command.js";
import { trainWithPlugin } from "./user.js";

/** The packages that are published, by the folder of each. */
const packages = ["core", "rewards", "trainer", "cli", "create-pavlov-reward"] as const;

/** Paths of tarballs by package folder. */
export type Tarballs = Readonly<Record<(typeof packages)[number], string>>;

const repository = fileURLToPath(new URL("../../../", import.meta.url));

async function pack(folder: string): Promise<Tarballs> {
  const packed = await Promise.all(
    packages.map(async (name) => {
      const destination = join(folder, name);
      await mkdir(destination, { recursive: true });
      const cwd = join(repository, "packages", name);
      await mustRun("npm", ["pack", "--pack-destination", destination], { cwd });
      const [tarball] = await readdir(destination);
      if (tarball === undefined) throw new Error(`npm packed nothing of ${name}.`);
      return [name, join(destination, tarball)] as const;
    }),
  );
  return Object.fromEntries(packed) as unknown as Tarballs;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { keep: { type: "boolean", default: false } } });
  const folder = await mkdtemp(join(tmpdir(), "pavlov-publish-"));
  const checks = openChecks((line) => console.log(line));
  const started = performance.now();
  const say = (line: string): void =>
    console.log(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);
  try {
    const tarballs = await pack(join(folder, "tarballs"));
    say("packed");
    const registry = await startRegistry(join(folder, "registry"));
    say(`registry at ${registry.url}`);
    try {
      const plugin = await publishPlugin({ folder: join(folder, "author"), tarballs, registry, checks, say });
      await trainWithPlugin({
        folder: join(folder, "user"),
        tarballs,
        registry,
        checks,
        say,
        plugin,
        model: join(repository, "models/arithmetic"),
      });
    } finally {
      await registry.stop();
    }
  } catch (error) {
    checks.check("the road to its end", false, error instanceof Error ? error.message : String(error));
  }
  const { passed, failed } = checks.counts;
  if (values.keep || failed > 0) console.log(`All is in ${folder}.`);
  else await rm(folder, { recursive: true });
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
