/** Makes a plan's rewards ready: their environment, the threads that they run in, `setup` and `dispose`. */
import { PavlovError } from "../error.js";
import { createBreather } from "./limiter.js";
import { describeThrown } from "./outcome.js";
import type { Plan, PlannedReward } from "./plan.js";
import { createResultCache } from "./cache/result-cache.js";
import { createRedactor, readsSecrets } from "./redact.js";
import { createRewardTask, type RewardTask } from "./reward-task.js";
import type { Runner } from "./runner.js";
import { createThreadRunner } from "./thread-runner.js";
import type { ScorerOptions } from "./types.js";
import type { WorkerReward } from "./worker/messages.js";
import { createWorkerPool, defaultPoolSize, type WorkerPool } from "./worker/pool.js";
import { createWorkerRunner } from "./worker/worker-runner.js";

export interface PreparedRewards {
  /** One for each reward of the plan. */
  readonly tasks: readonly RewardTask[];
  /** Sets every reward up. Rejects with a PavlovError that names the first that could not be. */
  setup(): Promise<void>;
  /** Disposes of what was set up. Rejects with a PavlovError when a reward's `dispose` threw. */
  dispose(): Promise<void>;
}

/** A planned reward with its secrets. */
interface Equipped {
  readonly planned: PlannedReward;
  readonly env: Readonly<Record<string, string>>;
  readonly redact: (text: string) => string;
  readonly log: (message: string) => void;
}

/**
 * @param signal aborted when the scorer is disposed of
 * @throws PavlovError when an environment variable that a reward names is not set
 */
export function prepareRewards(plan: Plan, options: ScorerOptions, signal: AbortSignal): PreparedRewards {
  const equipped = plan.rewards.map((planned): Equipped => {
    const env = readEnvironment(planned, options.env ?? process.env);
    const redact = createRedactor(env);
    const log = (message: string) => options.log?.(planned.bound.label, redact(String(message)));
    return { planned, env, redact, log };
  });
  const pool = createPool(equipped);
  let started: ReturnType<WorkerPool["start"]> | undefined;
  const start = (workers: WorkerPool) => (started ??= workers.start());
  const breather = createBreather();

  const runners = equipped.map(({ planned, env, redact, log }): Runner => {
    const { bound, use, asynchronous } = planned;
    const { timeout } = use;
    if (pool && planned.inWorker) {
      const reward = asWorkerReward(planned, env);
      const runner = createWorkerRunner({ reward, timeout, asynchronous, pool, start: () => start(pool) });
      return withRedactedSetup(runner, planned, redact);
    }
    const fetch = options.fetch ?? globalThis.fetch;
    const runner = createThreadRunner({ bound, env, log, fetch, signal, timeout, asynchronous, breather });
    return withRedactedSetup(runner, planned, redact);
  });

  return {
    tasks: equipped.map(({ planned, redact, log }, position) => {
      const { cache: folder, seed = 0 } = options;
      const keeps = folder !== undefined && planned.bound.reward.cacheable;
      const cache = keeps ? createResultCache(planned, { folder, log }) : undefined;
      return createRewardTask(planned, runners[position] as Runner, { redact, seed, ...(cache && { cache }) });
    }),
    async setup() {
      const results = await Promise.allSettled(runners.map((runner) => runner.setup()));
      for (const result of results) if (result.status === "rejected") throw result.reason;
    },
    async dispose() {
      const ending = [...runners.map((runner) => runner.dispose()), ...(pool ? [pool.dispose()] : [])];
      for (const result of await Promise.allSettled(ending)) {
        if (result.status === "fulfilled") continue;
        const everything = (text: string) => equipped.reduce((cleaned, { redact }) => redact(cleaned), text);
        throw new PavlovError(`A reward could not be disposed of: ${everything(describeThrown(result.reason))}`);
      }
    },
  };
}

function createPool(equipped: readonly Equipped[]): WorkerPool | undefined {
  const isolated = equipped.filter(({ planned }) => planned.inWorker);
  if (isolated.length === 0) return undefined;
  const sizes = isolated.map(({ planned }) => planned.use.concurrency ?? defaultPoolSize());
  // One more than ever run at once, where a time limit may kill one: the others go on while a new one starts.
  const spare = isolated.some(({ planned }) => planned.use.timeout !== undefined) ? 1 : 0;
  const logs = new Map(isolated.map(({ planned, log }) => [planned.position, log]));
  return createWorkerPool(
    isolated.map(({ planned, env }) => asWorkerReward(planned, env)),
    Math.max(...sizes) + spare,
    (reward, message) => logs.get(reward)?.(message),
  );
}

function asWorkerReward({ position, use, bound }: PlannedReward, env: Equipped["env"]): WorkerReward {
  const { module, exportName } = use.source ?? { module: "", exportName: "" };
  return { id: position, module, exportName, label: bound.label, params: use.params, columns: bound.columns, env };
}

function readEnvironment(
  { bound: { reward, label } }: PlannedReward,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const read = (name: string): string | undefined => (Object.hasOwn(env, name) && env[name] ? env[name] : undefined);
  const needed = reward.env.map((name): [string, string] => {
    const value = read(name);
    if (value === undefined) {
      throw new PavlovError(`Reward "${label}" needs the environment variable ${name}, which is not set: set it.`);
    }
    return [name, value];
  });
  const optional = reward.envIfPresent.flatMap((name): [string, string][] => {
    const value = read(name);
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries([...needed, ...optional]);
}

/** What was thrown may itself hold a secret: where a reward reads one, only the redacted sentence goes on. */
function withRedactedSetup(runner: Runner, { bound }: PlannedReward, redact: (text: string) => string): Runner {
  if (!readsSecrets(bound.reward)) return runner;
  return {
    ...runner,
    async setup() {
      try {
        await runner.setup();
      } catch (thrown) {
        throw new PavlovError(redact(describeThrown(thrown)));
      }
    },
  };
}
