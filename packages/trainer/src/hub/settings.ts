/** Where the hub is, who asks, and where downloads lie: the environment variables of Python's `huggingface_hub`. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { TrainListener } from "../run/events.js";

/** How long to wait, in milliseconds. */
export interface HubTiming {
  /** For an answer, or for the next bytes of one. Default: HF_HUB_DOWNLOAD_TIMEOUT (seconds), else 30 s. */
  readonly stall: number;
  /** Before the second try; twice as long before each one after it. Default 0.5 s. */
  readonly backoff: number;
  /** The longest wait that a server that limits requests may ask for. Default 5 minutes. */
  readonly longestWait: number;
}

/** Options of `resolveModel` and `resolveDataset` that both share. */
export interface HubOptions {
  /** Default: HF_TOKEN, else what `hf auth login` has stored. An empty string asks without any. */
  readonly token?: string | undefined;
  /** Use nothing but the cache. Default: whether HF_HUB_OFFLINE is set. */
  readonly offline?: boolean | undefined;
  /** Told of downloads, of waiting and of what was taken instead of something else. */
  readonly onEvent?: TrainListener | undefined;
  /** Ends a download; what has arrived is kept, and the next download goes on from there. */
  readonly signal?: AbortSignal | undefined;
  /** Default: HF_HUB_CACHE, else `hub` in HF_HOME, else `~/.cache/huggingface/hub`. */
  readonly cacheFolder?: string | undefined;
  /** Where relative folders are looked for. Default: the working directory. */
  readonly base?: string | undefined;
  readonly timing?: Partial<HubTiming> | undefined;
}

/** {@link HubOptions} with the environment's values in the place of what was left out. */
export interface HubSettings {
  /** Address of the hub, without a slash at its end. */
  readonly endpoint: string;
  readonly token: string | null;
  readonly offline: boolean;
  readonly cacheFolder: string;
  readonly timing: HubTiming;
  readonly emit: TrainListener;
  readonly signal: AbortSignal | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment; the token's file is read only where nothing else gives a token. */
export async function hubSettings(options: HubOptions, environment: Environment = process.env): Promise<HubSettings> {
  const endpoint = environment["HF_ENDPOINT"] || "https://huggingface.co";
  return {
    endpoint: endpoint.replace(/\/+$/, ""),
    token: (options.token ?? environment["HF_TOKEN"] ?? (await storedToken(environment)))?.trim() || null,
    offline: options.offline ?? (isSet(environment["HF_HUB_OFFLINE"]) || isSet(environment["TRANSFORMERS_OFFLINE"])),
    cacheFolder: resolve(options.cacheFolder ?? hubCache(environment)),
    timing: {
      stall: 1000 * (Number(environment["HF_HUB_DOWNLOAD_TIMEOUT"]) || 30),
      backoff: 500,
      longestWait: 300_000,
      ...options.timing,
    },
    emit: (event) => options.onEvent?.(event),
    signal: options.signal,
  };
}

/** True, yes, on and 1 in any case, as Python's `huggingface_hub` reads them. */
function isSet(value: string | undefined): boolean {
  return ["1", "on", "yes", "true"].includes((value ?? "").toLowerCase());
}

function home(environment: Environment): string {
  const given = environment["HF_HOME"];
  if (given) return fromHome(given);
  return join(fromHome(environment["XDG_CACHE_HOME"] || "~/.cache"), "huggingface");
}

function hubCache(environment: Environment): string {
  const given = environment["HF_HUB_CACHE"] || environment["HUGGINGFACE_HUB_CACHE"];
  return given ? fromHome(given) : join(home(environment), "hub");
}

function fromHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}

async function storedToken(environment: Environment): Promise<string | undefined> {
  const path = environment["HF_TOKEN_PATH"] || join(home(environment), "token");
  return readFile(fromHome(path), "utf8").catch(() => undefined);
}
