/** The cache of the hub's models and datasets, and who asks the hub, and how. Nothing is asked over the network. */
import { constants } from "node:fs";
import { access, lstat, opendir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { HubSettings } from "../../hub/settings.js";
import { type Check, check } from "./check.js";

/** Files and folders that are looked at to add up the cache's size. */
const MOST_ENTRIES = 20_000;

const publicHub = "https://huggingface.co";

type Settings = Pick<HubSettings, "cacheFolder" | "endpoint" | "offline" | "token">;

interface Size {
  readonly bytes: number;
  /** False where the walk was given up. */
  readonly whole: boolean;
}

/** Adds up files, links not followed. */
async function sizeOf(folder: string, most: number): Promise<Size> {
  const folders = [folder];
  let [bytes, seen] = [0, 0];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for await (const entry of await opendir(next)) {
      seen += 1;
      if (seen > most) return { bytes, whole: false };
      const path = join(next, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) bytes += (await lstat(path)).size;
    }
  }
  return { bytes, whole: true };
}

/** Whether a folder, or the nearest of its parents that is there, can be written to. */
async function mayWrite(folder: string): Promise<{ readonly exists: boolean; readonly writable: boolean }> {
  let path = folder;
  for (;;) {
    const exists = await access(path, constants.F_OK).then(
      () => true,
      () => false,
    );
    if (!exists && dirname(path) !== path) {
      path = dirname(path);
      continue;
    }
    const writable = await access(path, constants.W_OK).then(
      () => true,
      () => false,
    );
    return { exists: path === folder, writable };
  }
}

const decimal = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`;

async function cacheDetail(folder: string, most: number): Promise<string> {
  let repositories = 0;
  for await (const entry of await opendir(folder)) if (/^(models|datasets)--/.test(entry.name)) repositories += 1;
  const { bytes, whole } = await sizeOf(folder, most);
  const count = `${repositories} ${repositories === 1 ? "model or dataset" : "models and datasets"}`;
  return `${folder}, ${whole ? "" : "more than "}${decimal(bytes)} in ${count}`;
}

/** The line on the hub's address. A mirror's name may be private: it is not told. */
function endpointDetail(endpoint: string): string | null {
  if (endpoint === publicHub) return publicHub;
  const isAddress = URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol);
  return isAddress ? "another hub (HF_ENDPOINT)" : null;
}

/** The lines on the hub. */
export function hubChecks(settings: Settings, mostEntries = MOST_ENTRIES): readonly Promise<Check>[] {
  const { cacheFolder, endpoint, offline, token } = settings;
  return [
    check({ id: "hub-cache", section: "Hub", title: "cache" }, async () => {
      const { exists, writable } = await mayWrite(cacheFolder);
      if (!writable) {
        const fix = "change its permissions, or name another folder in HF_HOME";
        return { status: "problem", detail: `${cacheFolder} cannot be written to`, fix };
      }
      if (!exists) return { status: "ok", detail: `${cacheFolder}, which the first download makes` };
      return { status: "ok", detail: await cacheDetail(cacheFolder, mostEntries) };
    }),
    check({ id: "hub-access", section: "Hub", title: "access" }, () => {
      const address = endpointDetail(endpoint);
      if (address === null) {
        return {
          status: "problem",
          detail: "HF_ENDPOINT is no address",
          fix: `unset it, or set it to an address such as ${publicHub}`,
        };
      }
      const network = offline ? "offline: nothing is downloaded (HF_HUB_OFFLINE)" : "downloads allowed";
      const who = token === null ? "without a token, which private and gated models need" : "with a token";
      return { status: "info", detail: `${address}, ${network}, ${who}` };
    }),
  ];
}
