/** The package of a plugin that is being written: what its package.json says, and where its parts lie. */
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { errorMessage, PavlovError } from "@pavlov/core";
import { readPackageFile, type PackageFile } from "@pavlov/core/plugins";
import { importTarget } from "./entry-points.js";

export interface PluginFolder {
  /** Absolute path. */
  readonly folder: string;
  readonly file: PackageFile;
  /** `pavlov-reward-sql@1.0.0` */
  readonly shown: string;
  /** The built module, as package.json writes it: `./dist/index.js`. */
  readonly entry: string | undefined;
  /** The manifest, as package.json writes it. */
  readonly manifest: string | undefined;
}

/** @throws PavlovError where the folder has no package.json that can be read. */
export async function openPluginFolder(path: string): Promise<PluginFolder> {
  const folder = resolve(path);
  let file: PackageFile;
  try {
    file = await readPackageFile(folder);
  } catch (cause) {
    throw new PavlovError(
      `${folder} is no package: ${errorMessage(cause).replace("its package.json", "package.json")}.`,
      {
        hint: "Run it in the folder of a plugin, or make one: npm create pavlov-reward my-reward",
        cause,
      },
    );
  }
  const manifest = file.pavlov?.manifest;
  return {
    folder,
    file,
    shown: file.version === undefined ? (file.name ?? folder) : `${file.name ?? folder}@${file.version}`,
    entry: importTarget(file.exports, "."),
    manifest: typeof manifest === "string" && manifest !== "" ? manifest : undefined,
  };
}

/** Whether there is a file at a path of the package. */
export async function hasFile({ folder }: Pick<PluginFolder, "folder">, path: string): Promise<boolean> {
  return stat(join(folder, path)).then(
    (found) => found.isFile(),
    () => false,
  );
}
