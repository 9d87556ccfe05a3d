/** Resolves the paths that a config names against the folder of the config, wherever the command was started. */
import { isAbsolute, resolve } from "node:path";

/** The options of a config that may hold paths. */
export interface ConfigWithPaths {
  readonly model?: unknown;
  readonly dataset?: unknown;
  readonly evalDataset?: unknown;
  readonly output?: unknown;
  readonly rewards?: unknown;
}

/** True for text that is a path and no id or name: it begins with `./` or `../`, is `.` or `..`, or is absolute. */
export function isPath(reference: string): boolean {
  return /^\.{1,2}([/\\]|$)/.test(reference) || isAbsolute(reference);
}

/**
 * The config with absolute paths: `dataset.path`, `evalDataset.path` and `output` always; `model` and each reward's
 * `use` where {@link isPath} says that they are paths (a reward keeps its `#name`).
 *
 * @param folder the config file's folder
 */
export function resolveConfigPaths<Config extends ConfigWithPaths>(config: Config, folder: string): Config {
  const resolved: Partial<Record<keyof ConfigWithPaths, unknown>> = {};
  const replace = (name: keyof ConfigWithPaths, change: (value: unknown) => unknown) => {
    if (config[name] !== undefined) resolved[name] = change(config[name]);
  };
  replace("model", (model) => resolveReference(model, folder));
  replace("output", (output) => (typeof output === "string" ? resolve(folder, output) : output));
  replace("dataset", (dataset) => resolveDataset(dataset, folder));
  replace("evalDataset", (dataset) => resolveDataset(dataset, folder));
  replace("rewards", (rewards) =>
    mapFields(rewards, (part) => withField(part, "use", (use) => resolveReference(use, folder))),
  );
  return { ...config, ...resolved };
}

function resolveReference(reference: unknown, folder: string): unknown {
  return typeof reference === "string" && isPath(reference) ? resolve(folder, reference) : reference;
}

function resolveDataset(dataset: unknown, folder: string): unknown {
  return withField(dataset, "path", (path) => {
    if (Array.isArray(path))
      return path.map((each: unknown) => (typeof each === "string" ? resolve(folder, each) : each));
    return typeof path === "string" ? resolve(folder, path) : path;
  });
}

function mapFields(value: unknown, change: (field: unknown) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, change(field)]));
}

function withField(value: unknown, name: string, change: (field: unknown) => unknown): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return value;
  return { ...value, [name]: change((value as Readonly<Record<string, unknown>>)[name]) };
}
