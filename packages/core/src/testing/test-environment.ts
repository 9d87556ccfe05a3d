/** The environment variables of a reward in tests. */
import type { Reward } from "../reward.js";
import type { RecordedFetch } from "./record-fetch.js";

interface Options {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly fetch?: typeof globalThis.fetch | RecordedFetch;
}

/**
 * The given variables. Where requests are answered from a recording, no secret is needed and none may decide what is
 * asked: variables then have the text that stood for them when it was recorded.
 */
export function environmentOf(
  { env, envIfPresent }: Pick<Reward, "env" | "envIfPresent">,
  { env: given = process.env, fetch }: Options,
): Readonly<Record<string, string | undefined>> {
  if (fetch === undefined || typeof fetch === "function" || fetch.mode !== "replay") return given;
  const optional = envIfPresent.filter((name) => fetch.variables.includes(name));
  return Object.fromEntries([...env, ...optional].map((name) => [name, `[${name}]`]));
}

/** The variables that a reward names and that are set. */
export function secretsOf(
  { env, envIfPresent }: Pick<Reward, "env" | "envIfPresent">,
  given: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...env, ...envIfPresent].flatMap((name): [string, string][] => {
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      return value ? [[name, value]] : [];
    }),
  );
}
