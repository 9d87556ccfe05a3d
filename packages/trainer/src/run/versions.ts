/** What a run was computed with: equal bits are promised for equal versions and nothing more. */
import { createRequire } from "node:module";

const ownVersion = (): string => {
  const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };
  return version;
};

/** Versions by name. `engine` is what the policy calls its own, with its version where it has one. */
export const versionsWith = (engine: string): Record<string, string> => ({
  pavlov: ownVersion(),
  node: process.versions.node,
  engine,
});

/** How the versions differ, as clauses of a sentence; empty where they do not. */
export const versionChanges = (
  then: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): readonly string[] =>
  Object.keys({ ...then, ...now }).flatMap((name) =>
    then[name] === now[name] ? [] : [`${name} was ${then[name] ?? "absent"} and is ${now[name] ?? "absent"}`],
  );
