/** From what a user types to the names of a new plugin: its folder, its package and its namespace. */
import { basename, resolve } from "node:path";
import { CreateError } from "./create-error.js";

/** What all names of plugins begin with: registries and projects know them by it. */
const prefix = "pavlov-reward-";

/** What the built-in rewards are called, which no plugin may be. */
const reserved = "pavlov";

/** The longest name that a registry takes. */
const longest = 214;

export interface PluginNames {
  /** Absolute path. */
  readonly folder: string;
  /** `pavlov-reward-sql`, `@acme/pavlov-reward-sql` */
  readonly packageName: string;
  /** `sql`: what configs write before the names of rewards. */
  readonly namespace: string;
}

/**
 * The names of a plugin. `sql`, `pavlov-reward-sql` and `rewards/sql` make `pavlov-reward-sql` in the folder of that
 * name; `@acme/sql` makes `@acme/pavlov-reward-sql` in `sql`; `.` takes the name of the folder.
 *
 * @param from the folder that paths are relative to
 * @throws CreateError for what cannot be a package's name.
 */
export function readNames(given: string, from: string): PluginNames {
  const text = given.trim();
  const scoped = /^@([^/]*)\/(.*)$/s.exec(text);
  const [scope, path] = scoped ? [scoped[1] ?? "", scoped[2] ?? ""] : [undefined, text];
  if (scope !== undefined && !/^[a-z0-9][a-z0-9._-]*$/.test(scope)) {
    throw new CreateError(
      `${JSON.stringify(given)} has no scope of a registry before the slash.`,
      "Write it like @acme/sql, in lower case.",
    );
  }
  if (path === "") throw new CreateError("The package needs a name.", "Write one such as sql, or @acme/sql.");
  const folder = resolve(from, path);
  const last = basename(folder);
  const namespace = last.startsWith(prefix) ? last.slice(prefix.length) : last;
  checkNamespace(namespace, given);
  const packageName = `${scope === undefined ? "" : `@${scope}/`}${prefix}${namespace}`;
  if (packageName.length > longest) {
    throw new CreateError(
      `${JSON.stringify(`${packageName.slice(0, 40)}…`)} has ${packageName.length} characters.`,
      `Names of packages have at most ${longest}: choose a shorter one.`,
    );
  }
  return { folder, packageName, namespace };
}

function checkNamespace(namespace: string, given: string): void {
  if (namespace === reserved) {
    throw new CreateError(
      `"${reserved}" is the namespace of the built-in rewards.`,
      "Choose another name: it is what configs write before the name of a reward.",
    );
  }
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(namespace)) return;
  const meant = namespace
    // Letters without their accents.
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[-0-9]+|-+$/g, "");
  throw new CreateError(
    `${JSON.stringify(given)} cannot name a plugin: it must be letters in lower case, digits and single hyphens, and begin with a letter.`,
    meant === "" ? "Write one such as sql, or @acme/sql." : `Did you mean "${meant}"?`,
  );
}
