/**
 * The Vulkan drivers that the loader would find: manifests (JSON) that each name a library. Follows the search of the
 * Vulkan loader on Linux.
 */
import { basename, dirname, join, resolve } from "node:path/posix";
import { findLibrary } from "./libraries.js";
import type { Sources } from "./sources.js";

export interface VulkanDriver {
  /** Path of the manifest. */
  readonly manifest: string;
  /** `nvidia`, `radeon`, `intel`, `lvp`, …: the manifest's name without what all have. */
  readonly name: string;
  /** The library as the manifest names it; empty where the manifest cannot be read. */
  readonly library: string;
  /** Why the loader passes it over; null where its library is there. */
  readonly fault: string | null;
}

/** Drivers that compute on the CPU. */
const inSoftware = /lvp|lavapipe|swiftshader|mock/i;

/** Whether a driver is there and drives a GPU. */
export const drivesGpu = ({ name, fault }: VulkanDriver): boolean => fault === null && !inSoftware.test(name);

const paths = (value: string | undefined): readonly string[] => (value ?? "").split(":").filter(Boolean);

/** Folders in which manifests lie. */
function manifestFolders({ env }: Sources): readonly string[] {
  const home = env["HOME"] ?? "/root";
  const bases = [
    env["XDG_CONFIG_HOME"] || join(home, ".config"),
    ...paths(env["XDG_CONFIG_DIRS"] || "/etc/xdg"),
    "/etc",
    env["XDG_DATA_HOME"] || join(home, ".local/share"),
    ...paths(env["XDG_DATA_DIRS"] || "/usr/local/share:/usr/share"),
    "/run/opengl-driver/share",
  ];
  return [...new Set(bases)].map((base) => join(base, "vulkan/icd.d"));
}

/** The variable that names drivers in the place of those that are installed. */
export const driverVariable = ({ env }: Sources): string | undefined =>
  ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].find((name) => (env[name] ?? "") !== "");

/** A path of a variable: a manifest, or a folder of them. */
async function manifestsAt(path: string, sources: Sources): Promise<readonly string[]> {
  if (path.endsWith(".json")) return [path];
  return (await sources.list(path)).filter((name) => name.endsWith(".json")).map((name) => join(path, name));
}

async function manifestPaths(sources: Sources): Promise<readonly string[]> {
  const variable = driverVariable(sources);
  const places =
    variable === undefined
      ? [...paths(sources.env["VK_ADD_DRIVER_FILES"]), ...manifestFolders(sources)]
      : paths(sources.env[variable]);
  return (await Promise.all(places.map((place) => manifestsAt(place, sources)))).flat();
}

/** Names of architectures as manifests have them. */
const foreign: Readonly<Record<string, RegExp>> = {
  x64: /[._-](i[36]86|x86|aarch64|armv?\w*)\.json$/,
  arm64: /[._-](i[36]86|x86|x86_64|armv7\w*)\.json$/,
};

const nameOf = (manifest: string): string =>
  basename(manifest)
    .replace(/(_icd)?([._-](x86_64|aarch64|i[36]86|x86))?\.json$/, "")
    .replace(/^vk_/, "");

async function readDriver(manifest: string, sources: Sources): Promise<VulkanDriver> {
  const driver = (library: string, fault: string | null) => ({ manifest, name: nameOf(manifest), library, fault });
  const text = await sources.read(manifest);
  if (text === null)
    return driver("", (await sources.exists(manifest)) ? "it cannot be read" : "there is no such file");
  let library: unknown;
  try {
    library = (JSON.parse(text) as { ICD?: { library_path?: unknown } } | null)?.ICD?.library_path;
  } catch {
    return driver("", "it is no JSON");
  }
  if (typeof library !== "string" || library === "") return driver("", "it names no library");
  const found = library.includes("/")
    ? await sources.exists(resolve(dirname(manifest), library))
    : (await findLibrary(library, sources)) !== null;
  return driver(library, found ? null : `${library} is not there`);
}

/** All drivers of this architecture. */
export async function vulkanDrivers(sources: Sources): Promise<readonly VulkanDriver[]> {
  const found = [...new Set(await manifestPaths(sources))];
  const own = found.filter((manifest) => foreign[sources.arch]?.test(manifest) !== true);
  return Promise.all(own.map((manifest) => readDriver(manifest, sources)));
}
