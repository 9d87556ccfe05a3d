/** The environment variables of a reward in tests. */
import type { Reward } from "../reward.js";
import type { RecordedFetch } from "./record-fetch.js";

interface Options {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly fetch?: typeof globalThis.fetch | RecordedFetch;
}

/**
 * The given variables. Where requests are answered from a recording, no secret is needed: what was not given for the
 * test has the text that stands for it in the recording, and the process's own variables do not count.
 */
export function environmentOf(
  { env, envIfPresent }: Pick<Reward, "env" | "envIfPresent">,
  { env: given, fetch }: Options,
): Readonly<Record<string, string | undefined>> {
  if (fetch === undefined || typeof fetch === "function" || fetch.mode !== "replay") {
    return given ?? process.env;
  }
  const standIn = (name: string): [string, string] => [name, `[${name}]`];
  const { variables } = fetch;
  // Nothing was recorded: the reward may use its variables for something else than requests.
  if (variables === undefined) return { ...Object.fromEntries(env.map(standIn)), ...process.env, ...given };
  const optional = envIfPresent.filter((name) => variables.includes(name));
  return { ...Object.fromEntries([...env, ...optional].map(standIn)), ...given };
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
