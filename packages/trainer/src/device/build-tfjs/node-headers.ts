/** Finds the headers of Node-API, which most installations of Node.js bring along. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { PavlovError } from "@pavlov/core";

const header = "node_api.h";

/** A package of the Node.js project that holds these headers and nothing else. */
const headersPackage = "node-api-headers";

/** The folder of that package, where the project in the working directory has it. */
function packagedHeaders(): string | null {
  try {
    const file = createRequire(join(process.cwd(), "package.json")).resolve(`${headersPackage}/package.json`);
    return join(dirname(file), "include");
  } catch {
    return null;
  }
}

/** Where packages of systems put them. */
const systemFolders = ["/usr/include/node", "/usr/local/include/node"];

/** Where to look; by default what holds for this process. */
export interface HeaderPlaces {
  readonly executable?: string;
  /** npm's setting `nodedir`, which node-gyp follows too. */
  readonly configured?: string;
  readonly ofSystem?: readonly string[];
}

/**
 * The folder that has `node_api.h`.
 *
 * @throws PavlovError where there is none.
 */
export function findNodeHeaders({
  executable = process.execPath,
  configured = process.env["npm_config_nodedir"] ?? "",
  ofSystem = systemFolders,
}: HeaderPlaces = {}): string {
  // Node.js's own archives, and most version managers, have them beside the executable.
  const beside = join(dirname(dirname(executable)), "include", "node");
  const packaged = packagedHeaders();
  const places = [
    ...(configured === "" ? [] : [join(configured, "include", "node"), join(configured, "src")]),
    ...[beside, ...ofSystem],
    ...(packaged === null ? [] : [packaged]),
  ];
  const found = places.find((folder) => existsSync(join(folder, header)));
  if (found !== undefined) return found;
  throw new PavlovError(`This Node.js (${executable}) was installed without its headers: ${header} is missing.`, {
    hint: `npm install --no-save ${headersPackage} brings them, or install those of your system (Debian: libnode-dev).`,
  });
}
