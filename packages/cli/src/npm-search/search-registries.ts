/** Looks for plugins in the registries that npm is configured for, by their search (`/-/v1/search`). */
import { errorMessage, PavlovError } from "@pavlov/core";
import { pluginKeyword, pluginNamePattern } from "@pavlov/core/plugins";
import type { Registry } from "./npm-settings.js";
import type { RegistryRequest } from "./registry-request.js";

/** A plugin in a registry. What a registry does not say is null. */
export interface RegistryPlugin {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** When the version was published, in ISO 8601. */
  readonly date: string | null;
  /** In the last month. */
  readonly downloads: number | null;
  /** Whether the registry vouches for where the version was built. */
  readonly provenance: boolean | null;
  /** The registry's address. */
  readonly registry: string;
}

export interface SearchResult {
  readonly plugins: readonly RegistryPlugin[];
  /** Registries that could not be asked, each a sentence. */
  readonly warnings: readonly string[];
}

/** Requests for single packages at the same time. */
const atOnce = 8;

/**
 * The plugins that match, from every registry, best first.
 *
 * @param limit the most that are wanted
 * @throws PavlovError where no registry could be asked.
 */
export async function searchRegistries(
  registries: readonly Registry[],
  text: string,
  limit: number,
  request: RegistryRequest,
): Promise<SearchResult> {
  const failures: PavlovError[] = [];
  const found = await Promise.all(
    registries.map((registry) =>
      searchOne(registry, text, limit, request).catch((thrown: unknown) => {
        if (!PavlovError.isInstance(thrown)) throw thrown;
        failures.push(thrown);
        return [];
      }),
    ),
  );
  const [first] = failures;
  if (first !== undefined && failures.length === registries.length) throw first;
  const unique = new Map<string, RegistryPlugin>();
  for (const plugin of found.flat()) if (!unique.has(plugin.name)) unique.set(plugin.name, plugin);
  const plugins = await withProvenance([...unique.values()].slice(0, limit), registries, request);
  const warnings = failures.map(({ message, hint }) => (hint === undefined ? message : `${message} ${hint}`));
  return { plugins, warnings };
}

async function searchOne(registry: Registry, text: string, limit: number, request: RegistryRequest) {
  const ask = async (query: string): Promise<readonly FoundPackage[]> => {
    const size = Math.min(250, Math.max(20, 2 * limit));
    const path = `-/v1/search?text=${encodeURIComponent(query)}&size=${size}`;
    return readAnswer(await request(registry, path), registry).filter((found) => isPlugin(found, registry));
  };
  // npm's own registry looks for a keyword; others take the words as they stand, or look at names alone.
  const exact = await ask(`keywords:${pluginKeyword} ${text}`.trim());
  if (exact.length > 0) return exact.map((one) => shown(one, registry));
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const all = await ask(pluginKeyword);
  return all.filter((one) => words.every((word) => mentions(one, word))).map((one) => shown(one, registry));
}

interface FoundPackage {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[] | undefined;
  readonly date: string | null;
  readonly downloads: number | null;
}

function readAnswer(answer: unknown, { url }: Registry): readonly FoundPackage[] {
  const { objects } = asObject(answer);
  if (!Array.isArray(objects)) {
    throw new PavlovError(`${url} answered the search with JSON that holds no results ("objects").`, {
      hint: "Is it the address of a registry? npm config get registry",
    });
  }
  return objects.flatMap((entry: unknown): readonly FoundPackage[] => {
    const { package: found, downloads } = asObject(entry);
    const { name, description, keywords, date, ...rest } = asObject(found);
    // Verdaccio gives what it knows of all versions instead of what it knows of the last.
    const version = rest["version"] ?? asObject(rest["dist-tags"])["latest"];
    const published = date ?? asObject(rest["time"])["modified"];
    if (typeof name !== "string" || typeof version !== "string") return [];
    const { monthly } = asObject(downloads);
    return [
      {
        name,
        version,
        description: typeof description === "string" ? description : "",
        keywords: Array.isArray(keywords) ? keywords.map(String) : undefined,
        date: isoDate(published),
        downloads: typeof monthly === "number" && Number.isFinite(monthly) ? monthly : null,
      },
    ];
  });
}

/** A package that could be used as a plugin; some registries do not say which keywords one has. */
function isPlugin({ name, keywords }: FoundPackage, { scope }: Registry): boolean {
  if (!pluginNamePattern.test(name)) return false;
  if (scope !== undefined && !name.startsWith(`${scope}/`)) return false;
  return keywords === undefined || keywords.length === 0 || keywords.includes(pluginKeyword);
}

function mentions({ name, description, keywords = [] }: FoundPackage, word: string): boolean {
  return [name, description, ...keywords].some((text) => text.toLowerCase().includes(word));
}

function shown(found: FoundPackage, { url }: Registry): RegistryPlugin {
  const { name, version, description, date, downloads } = found;
  return { name, version, description, date, downloads, provenance: null, registry: url };
}

/** Searches do not tell it: each version is asked for by itself. */
async function withProvenance(
  plugins: readonly RegistryPlugin[],
  registries: readonly Registry[],
  request: RegistryRequest,
): Promise<readonly RegistryPlugin[]> {
  const result: RegistryPlugin[] = [...plugins];
  const waiting = plugins.keys();
  const work = async (): Promise<void> => {
    for (const index of waiting) {
      const plugin = result[index];
      const registry = registries.find(({ url }) => url === plugin?.registry);
      if (plugin === undefined || registry === undefined) continue;
      const path = `${plugin.name.replace("/", "%2f")}/${encodeURIComponent(plugin.version)}`;
      const provenance = await request(registry, path).then(provenanceOf, ignored);
      result[index] = { ...plugin, provenance };
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, plugins.length) }, work));
  return result;
}

/** A registry that signs versions and has no attestation for this one knows of no provenance; others do not tell. */
function provenanceOf(version: unknown): boolean | null {
  const { dist } = asObject(version);
  const { attestations, signatures } = asObject(dist);
  if (asObject(attestations)["provenance"] !== undefined) return true;
  return Array.isArray(signatures) && signatures.length > 0 ? false : null;
}

/** What is not known of one version is no reason not to show it. An interruption is. */
function ignored(thrown: unknown): null {
  if (PavlovError.isInstance(thrown)) return null;
  throw thrown instanceof Error ? thrown : new Error(errorMessage(thrown));
}

function isoDate(value: unknown): string | null {
  return typeof value === "string" && !Number.isNaN(Date.parse(value)) ? new Date(value).toISOString() : null;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
