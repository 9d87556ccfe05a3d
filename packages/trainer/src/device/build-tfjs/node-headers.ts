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

/** What node-gyp is told by npm's setting `nodedir`. */
function configuredFolders(): readonly string[] {
  const folder = process.env["npm_config_nodedir"] ?? process.env["NODEDIR"] ?? "";
  return folder === "" ? [] : [join(folder, "include", "node"), join(folder, "src")];
}

/** Beside the executable, as Node.js's own archives and most version managers have it, and where systems put it. */
function installedFolders(executable: string): readonly string[] {
  const prefix = dirname(dirname(executable));
  return [join(prefix, "include", "node"), "/usr/include/node", "/usr/local/include/node"];
}

/**
 * The folder that has `node_api.h`.
 *
 * @throws PavlovError where there is none.
 */
export function findNodeHeaders(executable = process.execPath): string {
  const packaged = packagedHeaders();
  const places = [...configuredFolders(), ...installedFolders(executable), ...(packaged === null ? [] : [packaged])];
  const found = places.find((folder) => existsSync(join(folder, header)));
  if (found !== undefined) return found;
  throw new PavlovError(`This Node.js (${executable}) was installed without its headers: ${header} is missing.`, {
    hint: `npm install --no-save ${headersPackage} brings them, or install those of your system (Debian: libnode-dev).`,
  });
}
