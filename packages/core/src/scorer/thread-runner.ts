/** Runs a reward in this thread: asynchronous ones side by side, synchronous ones in slices of the event loop. */
import { PavlovError } from "../error.js";
import { fetchUnder } from "./fetch-under.js";
import { type BoundReward, createColumnValidator, invokeOnce, invokeReward } from "./invoke.js";
import type { Breather } from "./limiter.js";
import { describeThrown, failure, nameSample } from "./outcome.js";
import type { QuickRunner, Runner } from "./runner.js";
import { TimeLimitError, withTimeLimit } from "./time-limit.js";

export interface ThreadRunnerOptions {
  readonly bound: BoundReward;
  /** The environment variables that the reward names. */
  readonly env: Readonly<Record<string, string>>;
  readonly log: (message: string) => void;
  readonly fetch: typeof globalThis.fetch;
  /** Aborted when the scorer is disposed of. */
  readonly signal: AbortSignal;
  /** Milliseconds for one call. Does not stop synchronous code. */
  readonly timeout: number | undefined;
  /** The scoring method is declared `async`. */
  readonly asynchronous: boolean;
  /** Shared by all rewards of the thread. */
  readonly breather: Breather;
}

export function createThreadRunner(options: ThreadRunnerOptions): Runner {
  const { bound, env, log, breather, timeout } = options;
  const { reward, label, params } = bound;
  const validateSample = createColumnValidator(bound);
  let state: unknown;
  let ready = false;

  // Calls without a time limit of their own end when their session does, and so can share its signal.
  const fetches = new WeakMap<AbortSignal, typeof globalThis.fetch>();
  const fetchOf = (session: AbortSignal) => {
    const known = fetches.get(session);
    if (known) return known;
    const made = fetchUnder(options.fetch, session);
    fetches.set(session, made);
    return made;
  };
  const quick: QuickRunner = {
    turn: () => (breather.exhausted() ? breather.breathe() : undefined),
    score(sample, { seed, signal }) {
      const validation = validateSample(sample);
      if (validation instanceof Promise) {
        return validation.then(async () => {
          while (breather.exhausted()) await breather.breathe();
          return quick.score(sample, { seed, signal });
        });
      }
      const context = { params, state, signal, seed, env, log, fetch: fetchOf(signal) };
      const outcome = invokeOnce(bound, sample, validation, context);
      return outcome instanceof Promise ? withTimeLimit(signal, undefined, () => outcome) : outcome;
    },
  };

  return {
    ...(reward.scope === "sample" && timeout === undefined && !options.asynchronous && { quick }),
    async setup() {
      const context = { params, env, log, fetch: fetchUnder(options.fetch, options.signal), signal: options.signal };
      try {
        state = await reward.setup?.(context);
        ready = true;
      } catch (thrown) {
        throw new PavlovError(`Reward "${label}" could not be set up: ${describeThrown(thrown)}`, { cause: thrown });
      }
    },

    async run(samples, { seed, signal: session }) {
      for (const sample of samples) {
        const validation = validateSample(sample);
        if (validation instanceof Promise) await validation;
      }
      // Many calls wake at once from one turn: each asks again, and the first ones use the slice up. Nothing is awaited
      // between this and the scoring method.
      while (breather.exhausted()) await breather.breathe();
      try {
        return await withTimeLimit(session, timeout, (signal) => {
          const context = { params, state, signal, seed, env, log, fetch: fetchUnder(options.fetch, signal) };
          return invokeReward(bound, validateSample, samples, context);
        });
      } catch (thrown) {
        session.throwIfAborted();
        if (!(thrown instanceof TimeLimitError)) throw thrown;
        return samples.map((sample) => failure(`Reward "${label}" ${thrown.message} on ${nameSample(sample)}.`));
      }
    },

    async dispose() {
      if (!ready) return;
      ready = false;
      await reward.dispose?.(state);
    },
  };
}
