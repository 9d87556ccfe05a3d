/** Where the optional package that runs TensorFlow.js on CUDA lies, and its addon in it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

/** The optional package. */
export const nodeGpuPackage = "@tensorflow/tfjs-node-gpu";

/** A folder of it that is installed elsewhere; the package beside this one is not looked for then. */
export const nodeGpuFolderVariable = "PAVLOV_TFJS_NODE";

/**
 * The package's folder: the one that `PAVLOV_TFJS_NODE` names, else the one that this package finds, else the one of the
 * project in the working directory. Null where it is not installed.
 */
export function findNodeGpuFolder(): string | null {
  const named = process.env[nodeGpuFolderVariable] ?? "";
  if (named !== "") return resolve(named);
  for (const from of [import.meta.url, join(process.cwd(), "package.json")]) {
    try {
      return dirname(createRequire(from).resolve(`${nodeGpuPackage}/package.json`));
    } catch {
      // Not there: the next place.
    }
  }
  return null;
}

/** The part of the package's package.json that says where its addon lies; see @mapbox/node-pre-gyp. */
interface AddonManifest {
  readonly version?: string;
  readonly binary?: {
    readonly module_name?: string;
    readonly module_path?: string;
    readonly napi_versions?: readonly number[];
  };
}

export interface NodeGpuAddon {
  /** The package's version. */
  readonly version: string;
  /** The version of Node-API that the addon is built for. */
  readonly apiVersion: number;
  /** Where the package looks for the addon. */
  readonly file: string;
}

/** The addon that the package in a folder looks for in this Node.js; null where the folder is not that package's. */
export function nodeGpuAddon(folder: string, apiOfNode = Number(process.versions["napi"])): NodeGpuAddon | null {
  let manifest: AddonManifest;
  try {
    manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as AddonManifest;
  } catch {
    return null;
  }
  const { module_name: name, module_path: path, napi_versions: apis = [] } = manifest.binary ?? {};
  const apiVersion = Math.max(...apis.filter((api) => api <= apiOfNode));
  if (name === undefined || path === undefined || !Number.isFinite(apiVersion)) return null;
  const place = path.replaceAll("{napi_build_version}", String(apiVersion));
  return { version: manifest.version ?? "", apiVersion, file: join(folder, place, `${name}.node`) };
}
