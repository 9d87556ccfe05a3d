/** What an install takes on the disk: of `@pavlov/core`, and of all that the author of a plugin needs. */
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPlugin } from "create-pavlov-reward";
import { mustRun } from "../publish/run-command.js";
import type { Measurement } from "./measurement.js";

const workspace = fileURLToPath(new URL("../../../", import.meta.url));
const MEGABYTE = 1024 * 1024;
/** Of this workspace, by the folders of `packages`; the trainer is not among them. */
const packed: Readonly<Record<string, string>> = {
  "@pavlov/core": "core",
  "@pavlov/rewards": "rewards",
  "create-pavlov-reward": "create-pavlov-reward",
  pavlov: "cli",
};

/** Space of files: what the disk gives them in whole blocks, and the bytes that are in them. */
interface Size {
  readonly blocks: number;
  readonly bytes: number;
}

/** Installs packed tarballs into empty folders and measures them, with zod (a peer) and without. */
export async function measureInstall(): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), "pavlov-install-"));
  try {
    const tarballs = await packAll(folder);
    const core = await install(join(folder, "core"), {
      dependencies: { "@pavlov/core": tarballs["@pavlov/core"] ?? "" },
    });
    const { folder: author } = await createPlugin("bench", folder);
    const file = JSON.parse(await readFile(join(author, "package.json"), "utf8")) as Manifest;
    const devDependencies = { ...file.devDependencies, ...tarballs };
    const modules = await install(join(folder, "author"), { ...file, scripts: {}, devDependencies });
    const sizes = {
      core: await sizeOf(core),
      zod: await sizeOf(join(core, "zod")),
      author: await sizeOf(modules),
      typescript: await sizeOf(join(modules, "typescript"), join(modules, "@typescript")),
    };
    const coreAlone = { blocks: sizes.core.blocks - sizes.zod.blocks, bytes: sizes.core.bytes - sizes.zod.bytes };
    return [
      ...figures("@pavlov/core with its dependencies", coreAlone, 30),
      ...figures("… and zod, its peer", sizes.core),
      ...figures("an author's whole install", sizes.author),
      ...figures("of which TypeScript", sizes.typescript),
      { name: "packages of an author's install", value: await countPackages(modules), unit: "" },
      ...(await largest(core)),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Manifest {
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

async function packAll(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = Object.entries(packed).map(async ([name, source]) => {
    const target = join(folder, "tarballs", source);
    await mkdir(target, { recursive: true });
    await mustRun("npm", ["pack", "--ignore-scripts", "--pack-destination", target], {
      cwd: join(workspace, "packages", source),
    });
    const [tarball = ""] = await readdir(target);
    return [name, `file:${join(target, tarball)}`] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** The `node_modules` of an install. */
async function install(folder: string, manifest: Manifest): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, ...manifest }));
  await mustRun("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"], { cwd: folder });
  return join(folder, "node_modules");
}

function figures(name: string, { blocks, bytes }: Size, atMost?: number): Measurement[] {
  return [
    { name: `${name}, on disk`, value: blocks / MEGABYTE, unit: "MB", ...(atMost !== undefined && { atMost }) },
    { name: `${name}, bytes`, value: bytes / MEGABYTE, unit: "MB" },
  ];
}

/** The largest packages, which say where to save. */
async function largest(modules: string): Promise<Measurement[]> {
  const names = (await readdir(modules)).filter((name) => !name.startsWith("."));
  const sizes = await Promise.all(names.map(async (name) => ({ name, size: await sizeOf(join(modules, name)) })));
  return sizes
    .toSorted((a, b) => b.size.blocks - a.size.blocks)
    .slice(0, 6)
    .map(({ name, size }) => ({ name: `  ${name}, on disk`, value: size.blocks / MEGABYTE, unit: "MB" }));
}

async function countPackages(modules: string): Promise<number> {
  const lock = JSON.parse(await readFile(join(modules, ".package-lock.json"), "utf8")) as { packages: object };
  return Object.keys(lock.packages).length;
}

/** As `du` counts: folders have blocks too, and links none of what they lead to. */
async function sizeOf(...paths: readonly string[]): Promise<Size> {
  const sizes = await Promise.all(
    paths.map(async (path): Promise<Size> => {
      const { size, blocks } = await lstat(path);
      const entry = { blocks: blocks * 512, bytes: size };
      const names = await readdir(path).catch(() => []);
      const inner = await sizeOf(...names.map((name) => join(path, name)));
      return { blocks: entry.blocks + inner.blocks, bytes: (names.length > 0 ? 0 : entry.bytes) + inner.bytes };
    }),
  );
  return {
    blocks: sizes.reduce((sum, each) => sum + each.blocks, 0),
    bytes: sizes.reduce((sum, each) => sum + each.bytes, 0),
  };
}
