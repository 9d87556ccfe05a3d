/**
 * What npm is configured for: registries, tokens, proxies and certificates, from the `.npmrc` of the project, the user
 * and the machine, and from the environment (`npm_config_…`, `HTTPS_PROXY`), in npm's order.
 */
import npmConf from "@pnpm/npm-conf";
import authToken from "registry-auth-token";
import { PavlovError } from "@pavlov/core";

/** A registry, and whose packages it has. */
export interface Registry {
  /** With a final slash, and without a name or password. */
  readonly url: string;
  /** `@acme`; undefined where it has those of every scope that has none of its own. */
  readonly scope: string | undefined;
}

export interface NpmSettings {
  /** The one for packages without a scope first. */
  readonly registries: readonly Registry[];
  /** Settings files that could not be read, each a sentence without secrets. */
  readonly warnings: readonly string[];
  /** The `Authorization` for a registry; undefined where npm has none for it. Secret. */
  authorization(registry: Registry): string | undefined;
  readonly connection: Connection;
}

/** How requests reach a registry. */
export interface Connection {
  readonly httpProxy: string | undefined;
  readonly httpsProxy: string | undefined;
  readonly noProxy: string | undefined;
  /** Certificates, as PEM. */
  readonly ca: readonly string[] | undefined;
  readonly strictSsl: boolean;
  /** Milliseconds that a request may take. */
  readonly timeout: number;
}

/** Half a minute: a search is waited for at a terminal. npm itself waits five. */
const defaultTimeout = 30_000;

/**
 * Reads the settings for the working directory.
 *
 * @param only the address of a registry that takes the place of those that are configured
 * @throws PavlovError where a registry's address is none.
 */
export function readNpmSettings(only: string | undefined): NpmSettings {
  const { config, warnings } = readSources();
  const text = (key: string): string | undefined => {
    const value = config.get(key);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const configured = String(config.get("registry"));
  const main = normalized(only ?? configured);
  const scoped = only === undefined ? scopedRegistries(config.snapshot) : [];
  const credentials = new Map([[main.url, main.credentials], ...scoped.map(({ url, own }) => [url, own] as const)]);

  const authorization = ({ url }: Registry): string | undefined => {
    const own = credentials.get(url);
    if (own !== undefined) return own;
    const found = authToken(url, { recursive: true, npmrc: withoutGlobalToken(config, url, configured) });
    return found && `${found.type} ${found.token}`;
  };
  const ca = config.get("ca");
  const timeout = Number(config.get("fetch-timeout"));
  return {
    registries: [{ url: main.url, scope: undefined }, ...scoped.map(({ url, scope }) => ({ url, scope }))],
    warnings: warnings.map((warning) => `${warning.split("\n")[0]?.replace(/\.?$/, ".")}`),
    authorization,
    connection: {
      httpProxy: text("proxy") ?? text("http-proxy"),
      httpsProxy: text("https-proxy"),
      noProxy:
        [config.get("noproxy")]
          .flat()
          .filter((host) => typeof host === "string" && host !== "")
          .join(",") || undefined,
      ca: ca === undefined || ca === null ? undefined : [ca].flat().map(String),
      strictSsl: config.get("strict-ssl") !== false,
      // That of npm's defaults is five minutes.
      timeout: Number.isFinite(timeout) && timeout > 0 ? Math.min(timeout, defaultTimeout) : defaultTimeout,
    },
  };
}

/**
 * The library takes nothing of a file that names a variable which is not set. To npm that text then stands for itself,
 * and so it does here.
 */
function readSources(): ReturnType<typeof npmConf> {
  const added: string[] = [];
  try {
    for (;;) {
      const sources = npmConf();
      const missing = /Failed to replace env in config: \$\{([^}]+)\}/.exec(sources.warnings.join("\n"))?.[1];
      if (missing === undefined || added.includes(missing)) return sources;
      process.env[missing] = `\${${missing}}`;
      added.push(missing);
    }
  } finally {
    for (const name of added) delete process.env[name];
  }
}

interface Address {
  readonly url: string;
  /** A name and password that stood in the address itself. */
  readonly credentials: string | undefined;
}

function normalized(address: string): Address {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    url = new URL("invalid:");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new PavlovError(`The registry ${JSON.stringify(address)} is no http or https address.`, {
      hint: "npm config get registry shows the one that npm uses; --registry <url> names another.",
    });
  }
  const { username, password } = url;
  [url.username, url.password, url.search, url.hash] = ["", "", "", ""];
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    url: url.href.replace(/\/*$/, "/"),
    credentials: username === "" ? undefined : `Basic ${Buffer.from(pair).toString("base64")}`,
  };
}

/** Registries under `@scope:registry`. */
function scopedRegistries(snapshot: Readonly<Record<string, unknown>>) {
  return Object.entries(snapshot).flatMap(([key, value]) => {
    const scope = /^(@[^:/]+):registry$/.exec(key)?.[1];
    if (scope === undefined || typeof value !== "string") return [];
    const { url, credentials: own } = normalized(value);
    return [{ scope, url, own }];
  });
}

/** A token that names no registry is that of the configured one, and is shown to no other. */
function withoutGlobalToken(config: ReturnType<typeof npmConf>["config"], url: string, configured: string) {
  const known = new Proxy<Record<string, string | undefined>>(
    {},
    {
      get: (_, key) => {
        if (typeof key !== "string" || (key === "_auth" && url !== normalized(configured).url)) return undefined;
        const value = config.get(key);
        return typeof value === "string" ? value : undefined;
      },
    },
  );
  return known;
}
