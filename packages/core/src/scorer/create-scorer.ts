/** `createScorer`: makes a composite ready to run over batches. Errors are never scores (against verifiers and verl). */
import { setMaxListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { PavlovError } from "../error.js";
import type { Reward } from "../reward.js";
import type { IndexedSample } from "./cut-sample.js";
import { planComposite } from "./plan.js";
import type { PreparedRewards } from "./prepare-rewards.js";
import { createSession } from "./session.js";
import type { Composite, ScoreOptions, Scorer, ScorerOptions, ScorerSample } from "./types.js";

/** Milliseconds that a setup under way has to end when its scorer is disposed of. */
const SETUP_PATIENCE = 1_000;

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
  const { name } = composite;
  const plan = planComposite(composite, options.onError ?? "fail");
  const closing = new AbortController();
  // Every session listens.
  setMaxListeners(0, closing.signal);
  let prepared: PreparedRewards | undefined;
  let ready: Promise<PreparedRewards> | undefined;
  let disposed: Promise<void> | undefined;

  const prepare = async () => {
    // Only who scores loads what runs rewards, with its worker threads; who defines rewards does not.
    const { prepareRewards } = await import("./prepare-rewards.js");
    if (disposed) throw new PavlovError(`The scorer of "${name}" is disposed of.`);
    prepared = prepareRewards(plan, options, closing.signal);
    await prepared.setup();
    return prepared;
  };
  const prepareOnce = () => (ready ??= prepare());
  const tasks = async () => (await prepareOnce()).tasks;
  const begin = (scoring: ScoreOptions = {}) =>
    createSession({ ...scoring, plan, tasks, name, closing: closing.signal });

  return {
    names: plan.parts.map((part) => part.name),
    weights: plan.weights,
    combined: plan.combined,
    async setup() {
      await prepareOnce();
    },
    begin,
    async score(samples, scoring) {
      const session = begin(scoring);
      for (const group of groupSamples(samples)) session.addAt(group);
      return session.finish();
    },
    dispose() {
      closing.abort(new PavlovError(`The scorer of "${name}" is disposed of.`));
      const dispose = async () => {
        // Who waited for a setup that failed was told; what did start must still be disposed of. A setup that ignores
        // its signal is not waited for.
        const patience = delay(SETUP_PATIENCE, undefined, { ref: false });
        await Promise.race([ready?.catch(() => {}), patience]);
        await prepared?.dispose();
      };
      return (disposed ??= dispose());
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
