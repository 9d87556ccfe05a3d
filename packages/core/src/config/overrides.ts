/** `--set train.learningRate=1e-5`: values of the config that are given on the command line. */
import { parse } from "yaml";
import type { $ZodType } from "zod/v4/core";
import { errorMessage, PavlovError } from "../error.js";
import { hideSecrets, namesSecret, withoutSecrets } from "../hidden-secrets.js";
import { isSameName, nearest } from "../nearest-name.js";
import type { ConfigPath } from "./document.js";
import { knownKeys, placesOf } from "./schema-walk.js";

/** One `--set`, read. */
export interface Override {
  readonly path: ConfigPath;
  readonly value: unknown;
  /** As typed, without `--set` and without secrets: for messages. */
  readonly text: string;
}

/**
 * Reads `train.learningRate=1e-5`. The value is YAML: `3`, `true`, `grpo`, `[1, 2]`, `{ use: math }`; nothing after
 * the `=` is empty text.
 *
 * @throws PavlovError when there is no `=`, the path is not dotted names, or the value is not YAML.
 */
export function parseOverride(given: string): Override {
  const equals = given.indexOf("=");
  const text = shown(given, equals);
  if (equals < 1) {
    throw new PavlovError(`--set ${text}: expected a path and a value, for example --set train.learningRate=1e-5`);
  }
  const segments = given.slice(0, equals).trim().split(".");
  for (const segment of segments) {
    if (segment === "")
      throw new PavlovError(`--set ${text}: the path has an empty part; write it as train.learningRate`);
    if (segment === "__proto__" || segment === "constructor" || segment === "prototype") {
      throw new PavlovError(`--set ${text}: "${segment}" cannot be set`);
    }
  }
  const source = given.slice(equals + 1);
  let value: unknown;
  try {
    value = source.trim() === "" ? "" : parse(source, { prettyErrors: false });
  } catch (cause) {
    throw new PavlovError(`--set ${text}: the value is not valid YAML: ${errorMessage(cause)}`, { cause });
  }
  return { path: segments.map((segment) => (/^\d+$/.test(segment) ? Number(segment) : segment)), value, text };
}

/** As typed, without secrets. */
function shown(text: string, equals: number): string {
  const name = text.slice(0, Math.max(0, equals)).split(".").at(-1)?.trim() ?? "";
  return namesSecret(name) ? `${text.slice(0, equals + 1)}${String(withoutSecrets("…", name))}` : hideSecrets(text);
}

/**
 * The config's value with the overrides in place; the given value is left as it is.
 *
 * @throws PavlovError when the schema knows no such path; it names the nearest that it knows.
 */
export function applyOverrides(value: unknown, overrides: readonly Override[], schema: $ZodType): unknown {
  return overrides.reduce((result, override) => {
    checkPath(override, result, schema);
    return withValue(result, override.path, override);
  }, value);
}

function checkPath({ path, text }: Override, value: unknown, schema: $ZodType): void {
  let current = value;
  for (const [depth, segment] of path.entries()) {
    const parent = path.slice(0, depth);
    const { names, open } = knownKeys(schema, parent);
    const name = String(segment);
    const present = typeof current === "object" && current !== null && Object.hasOwn(current, segment);
    const place = parent.length === 0 ? "the config" : parent.join(".");
    if (!open && !names.includes(name)) {
      if (names.length === 0) throw new PavlovError(`--set ${text}: ${place} has no options of its own`);
      const meant = remedy(name, { names, schema, rest: path.slice(depth + 1) });
      throw new PavlovError(`--set ${text}: ${place} has no option "${name}".${meant}`);
    }
    // In a record any name may be new, but `rewards.corect.weight` more likely means a reward that exists.
    if (open && !present && depth < path.length - 1 && typeof current === "object" && current !== null) {
      const meant = nearest(name, Object.keys(current));
      if (meant !== undefined)
        throw new PavlovError(`--set ${text}: ${place} has no "${name}". Did you mean "${meant}"?`);
    }
    current = present ? (current as Readonly<Record<string | number, unknown>>)[segment] : undefined;
  }
}

/** Places of one name that a message lists. */
const MOST_PLACES = 3;

/**
 * ` Did you mean "maxSteps"?`; for an option that stands elsewhere, its path: `"train.maxSteps"`; else the names that
 * there are.
 *
 * @param rest what was to follow the name
 */
export function remedy(
  name: string,
  {
    names,
    schema,
    rest = [],
  }: { readonly names: readonly string[]; readonly schema: $ZodType; readonly rest?: ConfigPath },
): string {
  const meant = nearest(name, names);
  if (meant !== undefined && isSameName(meant, name)) return ` Did you mean "${meant}"?`;
  const places = placesOf(schema, name).map((place) => [...place, ...rest]);
  const known = places.filter((place) => isKnown(schema, place));
  const suggested = (known.length > 0 ? known : places).slice(0, MOST_PLACES).map((place) => `"${place.join(".")}"`);
  if (suggested.length > 0) return ` Did you mean ${suggested.join(" or ")}?`;
  if (meant !== undefined) return ` Did you mean "${meant}"?`;
  return names.length === 0 ? "" : ` It has: ${names.join(", ")}`;
}

/** Whether the schema has an option at a path. */
function isKnown(schema: $ZodType, path: ConfigPath): boolean {
  const { names, open } = knownKeys(schema, path.slice(0, -1));
  return open || names.includes(String(path.at(-1)));
}

function withValue(value: unknown, path: ConfigPath, override: Override): unknown {
  const [segment, ...rest] = path;
  if (segment === undefined) return override.value;
  if (Array.isArray(value)) {
    if (typeof segment !== "number" || segment > value.length) {
      throw new PavlovError(`--set ${override.text}: a list of ${value.length} has no element "${segment}"`);
    }
    const copy: unknown[] = [...value];
    copy[segment] = withValue(value[segment], rest, override);
    return copy;
  }
  if (value !== undefined && value !== null && typeof value !== "object") {
    const parent = override.path.slice(0, override.path.length - path.length).join(".");
    throw new PavlovError(
      `--set ${override.text}: ${parent} is ${JSON.stringify(withoutSecrets(value, parent))}, which has nothing below it`,
    );
  }
  const fields = (value ?? {}) as Readonly<Record<string, unknown>>;
  return { ...fields, [segment]: withValue(fields[segment], rest, override) };
}
