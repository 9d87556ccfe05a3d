/** Loads a config: finds and reads the file, puts `--set` values in place and holds it to the caller's schema. */
import { dirname } from "node:path";
import type { ZodType } from "zod";
import { displayName } from "../dataset/find-files.js";
import { PavlovError, type ErrorLocation } from "../error.js";
import { formatLocation, type ConfigPart, type ConfigPath } from "./document.js";
import { findConfig } from "./find-config.js";
import { applyOverrides, parseOverride } from "./overrides.js";
import { readConfig } from "./read-config.js";
import { describeIssues, type ConfigProblem } from "./schema-issues.js";

export interface LoadConfigOptions<Schema extends ZodType> {
  /** The file, or a folder that holds a `pavlov.config.*`. Default: the working directory. */
  readonly path?: string | undefined;
  /** What the config must be: a strict zod object. */
  readonly schema: Schema;
  /** Values that replace the file's, as typed after `--set`: `train.learningRate=1e-5`. */
  readonly overrides?: readonly string[] | undefined;
  /** What relative paths are resolved against. Default: the working directory. */
  readonly workingDirectory?: string | undefined;
}

/** A config that fits its schema. */
export interface LoadedConfig<Config> {
  readonly value: Config;
  /** Absolute path of the file. */
  readonly path: string;
  /** The folder of the file: what the config's own relative paths are resolved against. */
  readonly folder: string;
  /** The file's name in messages. */
  readonly name: string;
  /** Where a key or value stands in the file; undefined where `--set` gave it. */
  locate(path: ConfigPath, part?: ConfigPart): ErrorLocation | undefined;
  /** An error about an option: the message is preceded by where it stands, `file:line:column` or `--set …`. */
  error(path: ConfigPath, message: string, options?: ConfigErrorOptions): PavlovError;
}

export interface ConfigErrorOptions {
  readonly part?: ConfigPart | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * Loads and checks a config. YAML, JSON or a program with a default export, by the file's extension.
 *
 * @throws PavlovError with one line for each problem: its file, line and column, what was expected and what was
 *   given, and for an unknown key the nearest known one.
 */
export async function loadConfig<Schema extends ZodType>(
  options: LoadConfigOptions<Schema>,
): Promise<LoadedConfig<Schema["_output"]>> {
  const path = await findConfig(options.path, options.workingDirectory ?? process.cwd());
  const name = displayName(path);
  const document = await readConfig(path, name);
  const overrides = (options.overrides ?? []).map(parseOverride);
  const raw = applyOverrides(document.value ?? {}, overrides, options.schema);

  const locate = (at: ConfigPath, part: ConfigPart = "key"): ErrorLocation | undefined =>
    overrideOf(at) === undefined ? document.locate(at, part) : undefined;
  const place = (at: ConfigPath, part: ConfigPart): string => {
    const override = overrideOf(at);
    if (override !== undefined) return `--set ${override.text}`;
    const location = document.locate(at, part);
    return location === undefined ? name : formatLocation(location);
  };

  const result = await options.schema.safeParseAsync(raw);
  if (!result.success) {
    const problems = describeIssues(result.error.issues, options.schema, raw);
    throw configError(problems, place, locate);
  }
  return {
    value: result.data,
    path,
    folder: dirname(path),
    name,
    locate,
    error(at, message, { part = "key", hint, cause } = {}) {
      return new PavlovError(`${place(at, part)}: ${message}`, { location: locate(at, part), hint, cause });
    },
  };

  function overrideOf(at: ConfigPath) {
    return overrides.findLast(({ path: set }) => set.every((segment, depth) => String(segment) === String(at[depth])));
  }
}

function configError(
  problems: readonly ConfigProblem[],
  place: (path: ConfigPath, part: ConfigPart) => string,
  locate: (path: ConfigPath, part?: ConfigPart) => ErrorLocation | undefined,
): PavlovError {
  const inOrder = problems
    .map((problem) => ({ ...problem, location: locate(problem.path, problem.part) }))
    .sort(
      (a, b) =>
        (a.location?.line ?? 0) - (b.location?.line ?? 0) || (a.location?.column ?? 0) - (b.location?.column ?? 0),
    );
  const lines = new Set(inOrder.map(({ path, part, message }) => `${place(path, part)}: ${message}`));
  return new PavlovError([...lines].join("\n"), { location: inOrder[0]?.location });
}
