/** `createScorer`: makes a composite ready to run over batches. Errors are never scores (against verifiers and verl). */
import { PavlovError } from "../error.js";
import type { Reward } from "../reward.js";
import type { IndexedSample } from "./cut-sample.js";
import { createBreather } from "./limiter.js";
import { describeThrown } from "./outcome.js";
import { type Plan, planComposite, type PlannedReward } from "./plan.js";
import { createRedactor } from "./redact.js";
import { createRewardTask, type RewardTask } from "./reward-task.js";
import type { Runner } from "./runner.js";
import { createSession } from "./session.js";
import { createThreadRunner } from "./thread-runner.js";
import type { Composite, ScoreOptions, Scorer, ScorerOptions, ScorerSample } from "./types.js";

/**
 * Makes a scorer of a composite, or of one reward with default params.
 *
 * A null score abstains: it leaves the sum and the averages. An error (a throw, a time limit, a value that is no finite
 * number inside the reward's range, an invalid column) leaves the whole sample unscored under `drop`, rejects under
 * `fail` and is replaced under `{ score }`; a reward that fails on every sample of a batch rejects under any policy.
 *
 * Rewards with `isolate`, or with a `timeout` and a scoring method that is not declared `async`, run in worker threads
 * that are killed when their time is up. A worker is no security boundary.
 *
 * @throws PavlovError for settings that no run could honour, such as a time limit on an inline synchronous reward.
 */
export function createScorer(composite: Composite | Reward, options: ScorerOptions = {}): Scorer {
  const plan = planComposite(composite, options.onError ?? "fail");
  const closing = new AbortController();
  const runners: Runner[] = [];
  const tasks: RewardTask[] = [];
  let ready: Promise<void> | undefined;
  let disposed: Promise<void> | undefined;

  const setup = () => {
    if (disposed) return Promise.reject(new PavlovError(`The scorer of "${composite.name}" is disposed of.`));
    return (ready ??= prepare(plan, options, closing.signal, runners, tasks));
  };
  const begin = (scoreOptions: ScoreOptions = {}) => {
    const { signal } = closing;
    return createSession({ ...scoreOptions, plan, tasks, name: composite.name, setup, closing: signal });
  };

  return {
    names: plan.parts.map(({ name }) => name),
    weights: plan.weights,
    combined: plan.combined,
    setup,
    begin,
    async score(samples, scoreOptions) {
      const session = begin(scoreOptions);
      for (const group of groupSamples(samples)) session.addAt(group);
      return session.finish();
    },
    dispose: () => {
      closing.abort(new PavlovError(`The scorer of "${composite.name}" was disposed of while it was scoring.`));
      return (disposed ??= disposeAll(ready, runners));
    },
  };
}

/** Samples of one group, wherever they stand in the list, in the order of their first. */
function groupSamples(samples: readonly ScorerSample[]): Iterable<readonly IndexedSample[]> {
  const groups = new Map<string, IndexedSample[]>();
  for (const [index, sample] of samples.entries()) {
    const group = groups.get(sample.groupId);
    if (group) group.push({ index, sample });
    else groups.set(sample.groupId, [{ index, sample }]);
  }
  return groups.values();
}

async function prepare(
  plan: Plan,
  options: ScorerOptions,
  signal: AbortSignal,
  runners: Runner[],
  tasks: RewardTask[],
): Promise<void> {
  const breather = createBreather();
  for (const planned of plan.rewards) {
    const { bound, use } = planned;
    const env = readEnvironment(planned, options.env ?? process.env);
    const redact = createRedactor(env);
    const log = (message: string) => options.log?.(bound.label, redact(String(message)));
    const fetch = options.fetch ?? globalThis.fetch;
    const timeout = use.timeout === undefined ? {} : { timeout: use.timeout };
    const runner = createThreadRunner({ bound, env, log, fetch, signal, breather, ...timeout });
    runners.push(withRedactedSetup(runner, redact, bound.reward.env.length > 0));
    tasks.push(createRewardTask(planned, runner, redact, options.seed ?? 0));
  }
  const results = await Promise.allSettled(runners.map((runner) => runner.setup()));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

function readEnvironment(
  { bound: { reward, label } }: PlannedReward,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    reward.env.map((name) => {
      const value = Object.hasOwn(env, name) ? env[name] : undefined;
      if (value === undefined || value === "") {
        throw new PavlovError(`Reward "${label}" needs the environment variable ${name}, which is not set: set it.`);
      }
      return [name, value];
    }),
  );
}

function withRedactedSetup(runner: Runner, redact: (text: string) => string, secrets: boolean): Runner {
  return {
    ...runner,
    async setup() {
      try {
        await runner.setup();
      } catch (thrown) {
        // The thrown error itself may hold a secret: only its redacted sentence goes on.
        throw secrets ? new PavlovError(redact(describeThrown(thrown))) : thrown;
      }
    },
  };
}

async function disposeAll(ready: Promise<void> | undefined, runners: readonly Runner[]): Promise<void> {
  // A failed setup was reported to those who waited for it; what did start must still be disposed of.
  await ready?.catch(() => {});
  const results = await Promise.allSettled(runners.map((runner) => runner.dispose()));
  for (const result of results) {
    if (result.status === "rejected") throw new PavlovError(`Disposing failed: ${describeThrown(result.reason)}`);
  }
}
