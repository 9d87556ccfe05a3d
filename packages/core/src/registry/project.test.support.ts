/** A user's project in a temporary folder, for tests that resolve and import real files. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface TemporaryProject {
  readonly folder: string;
  remove(): Promise<void>;
}

const installed = fileURLToPath(new URL("../../../../node_modules/", import.meta.url));

/** Writes files by path into a new folder in which `@pavlov/core` (the build) and zod are installed. */
export async function createProject(files: Readonly<Record<string, string>>): Promise<TemporaryProject> {
  const folder = await mkdtemp(join(tmpdir(), "pavlov-project-"));
  for (const name of ["@pavlov/core", "zod"]) {
    const link = join(folder, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(installed, name), link);
  }
  for (const [path, text] of Object.entries({ "package.json": '{ "type": "module" }', ...files })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
