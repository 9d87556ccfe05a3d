/** Reads zod schemas by path: which options exist below a key. For suggestions and for `--set`. */
import type { $ZodType, $ZodTypes } from "zod/v4/core";
import { isSameName } from "../nearest-name.js";
import type { ConfigPath } from "./document.js";

/** What may stand below a place in the config. */
export interface KnownKeys {
  readonly names: readonly string[];
  /** True where any name may stand: a record, or a value that the schema does not look into. */
  readonly open: boolean;
}

/** The options that the schema knows below a path. */
export function knownKeys(schema: $ZodType, path: ConfigPath): KnownKeys {
  const shapes = schemasAt(schema, path);
  const names = new Set<string>();
  let open = false;
  for (const { _zod } of shapes) {
    const { def } = _zod;
    if (def.type === "object") {
      for (const name of Object.keys(def.shape)) names.add(name);
      open ||= def.catchall !== undefined && (def.catchall as $ZodTypes)._zod.def.type !== "never";
    } else if (isOpen(def.type)) open = true;
  }
  return { names: [...names], open };
}

/** Levels of options that a name is looked for on. */
const DEEPEST = 4;

/**
 * Where else in a config an option of that name stands, in any spelling, the highest places first. What users name, such
 * as rewards, is not looked into.
 */
export function placesOf(schema: $ZodType, name: string): readonly ConfigPath[] {
  const places: ConfigPath[] = [];
  let level: readonly ConfigPath[] = [[]];
  for (let depth = 0; depth < DEEPEST; depth++) {
    const below = level.flatMap((path) => optionsBelow(schema, path).map((option): ConfigPath => [...path, option]));
    places.push(...below.filter((path) => isSameName(String(path.at(-1)), name)));
    level = below;
  }
  return places;
}

function optionsBelow(schema: $ZodType, path: ConfigPath): readonly string[] {
  const names = schemasAt(schema, path).flatMap(({ _zod: { def } }) =>
    def.type === "object" ? Object.keys(def.shape) : [],
  );
  return [...new Set(names)];
}

/** Every schema that the value at a path may be held to: more than one where there are unions. */
function schemasAt(schema: $ZodType, path: ConfigPath): readonly $ZodTypes[] {
  let current = alternatives(schema);
  for (const segment of path) current = current.flatMap((option) => children(option, segment).flatMap(alternatives));
  return current;
}

function isOpen(type: $ZodTypes["_zod"]["def"]["type"]): boolean {
  return type === "record" || type === "any" || type === "unknown" || type === "array" || type === "tuple";
}

/** The schema without its wrappers, as the alternatives of its union. */
function alternatives(schema: $ZodType): readonly $ZodTypes[] {
  const { def } = (schema as $ZodTypes)._zod;
  switch (def.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
    case "catch":
      return alternatives(def.innerType);
    case "lazy":
      return alternatives(def.getter());
    case "pipe":
      return alternatives((def.in as $ZodTypes)._zod.def.type === "transform" ? def.out : def.in);
    case "union":
      return def.options.flatMap(alternatives);
    case "intersection":
      return [...alternatives(def.left), ...alternatives(def.right)];
    default:
      return [schema as $ZodTypes];
  }
}

function children(schema: $ZodTypes, segment: string | number): readonly $ZodType[] {
  const { def } = schema._zod;
  switch (def.type) {
    case "object": {
      const name = String(segment);
      if (Object.hasOwn(def.shape, name)) return [def.shape[name] as $ZodType];
      return def.catchall === undefined ? [] : [def.catchall];
    }
    case "record":
      return [def.valueType];
    case "array":
      return [def.element];
    case "tuple":
      return def.items;
    case "any":
    case "unknown":
      return [schema];
    default:
      return [];
  }
}
