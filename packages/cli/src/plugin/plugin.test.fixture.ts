/** Plugins in temporary folders for tests: the template, with this workspace's packages in the place of an install. */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPlugin } from "create-pavlov-reward";
import { buildPlugin } from "./build.js";

const installed = fileURLToPath(new URL("../../../../node_modules/", import.meta.url));
const packages = ["@pavlov/core", "@types/node", "pavlov", "typescript", "vitest", "zod"];
export const never: AbortSignal = new AbortController().signal;

export interface TestPlugin {
  readonly folder: string;
  /** The plugin in a folder of its own, to be broken. */
  copy(): Promise<TestPlugin>;
  read(path: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** Changes a file's text; a change that changes nothing is a mistake of the test. */
  edit(path: string, change: (text: string) => string): Promise<void>;
  /** Removes a file or a folder. */
  drop(path: string): Promise<void>;
  editPackage(change: (file: Record<string, unknown>) => void): Promise<void>;
  build(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * A plugin as `npm create pavlov-reward my-reward` makes it.
 *
 * @param named whether README and description name its reward, as they do: a test that puts others in its place leaves it
 */
export async function createTestPlugin({ named = false }: { readonly named?: boolean } = {}): Promise<TestPlugin> {
  const root = await mkdtemp(join(tmpdir(), "pavlov-plugin-"));
  const { folder } = await createPlugin("my-reward", root);
  for (const name of packages) {
    const link = join(folder, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(installed, name), link);
  }
  await symlink(join(installed, ".bin"), join(folder, "node_modules", ".bin"));
  const plugin = open(root, folder);
  if (!named) {
    for (const path of ["README.md", "package.json"]) {
      await plugin.edit(path, (text) => text.replaceAll("my-reward/score", "its reward"));
    }
  }
  return plugin;
}

function open(root: string, folder: string): TestPlugin {
  const read = (path: string): Promise<string> => readFile(join(folder, path), "utf8");
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  const edit = async (path: string, change: (text: string) => string): Promise<void> => {
    const [before, after] = await read(path).then((text) => [text, change(text)] as const);
    if (before === after) throw new Error(`Nothing of ${path} was changed.`);
    await write(path, after);
  };
  return {
    folder,
    read,
    write,
    edit,
    drop: (path) => rm(join(folder, path), { recursive: true }),
    editPackage: (change) =>
      edit("package.json", (text) => {
        const file = JSON.parse(text) as Record<string, unknown>;
        change(file);
        return JSON.stringify(file, null, 2);
      }),
    async build() {
      await buildPlugin(folder, { signal: never });
    },
    async copy() {
      const other = await mkdtemp(join(tmpdir(), "pavlov-plugin-"));
      await cp(folder, join(other, "my-reward"), { recursive: true, verbatimSymlinks: true });
      return open(other, join(other, "my-reward"));
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
