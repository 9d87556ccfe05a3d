/**
 * The worker thread that isolated rewards run in. It imports a reward by its module, sets it up once and scores one call
 * at a time. It is killed when a call's time is up. It is no security boundary: a reward can do here what it can do in
 * the main thread, but for blocking it.
 */
import { parentPort } from "node:worker_threads";
import { findReward } from "../../registry/find-reward.js";
import { importModule } from "../../registry/import-module.js";
import { fetchUnder } from "../fetch-under.js";
import { type BoundReward, type CallContext, type CallSample, createColumnValidator, invokeReward } from "../invoke.js";
import { describeThrown, type Outcome } from "../outcome.js";
import type { FromWorker, ToWorker, WorkerReward } from "./messages.js";

interface LoadedReward {
  call(samples: readonly CallSample[], seed: number, signal: AbortSignal): Promise<readonly Outcome[]>;
  dispose(): Promise<void>;
}

const rewards = new Map<number, LoadedReward>();
const closing = new AbortController();
let calling = new AbortController();

function send(message: FromWorker): void {
  parentPort?.postMessage(message);
}

async function load({ id, module, exportName, label, params, columns, env }: WorkerReward): Promise<LoadedReward> {
  const found = findReward(await importModule(module), exportName);
  if (!found) throw new Error(`${module} exports no reward "${exportName}"`);
  const { reward } = found;
  const bound: BoundReward = { reward, label, params, range: reward.range(params), columns };
  const validateSample = createColumnValidator(bound);
  const log = (message: string) => send({ type: "log", reward: id, message: String(message) });
  const fetchFor = (signal: AbortSignal) => fetchUnder(globalThis.fetch, signal);
  const state = await reward.setup?.({ params, env, log, fetch: fetchFor(closing.signal), signal: closing.signal });
  return {
    async call(samples, seed, signal) {
      const context: CallContext = { params, state, signal, seed, env, log, fetch: fetchFor(signal) };
      const outcomes = await invokeReward(bound, validateSample, samples, context);
      // What was thrown may be anything, and not everything can leave a thread.
      return outcomes.map((outcome) => (outcome.ok ? outcome : { ok: false, message: outcome.message }));
    },
    dispose: async () => reward.dispose?.(state),
  };
}

async function prepare(reward: WorkerReward): Promise<void> {
  try {
    rewards.set(reward.id, await load(reward));
    send({ type: "prepared" });
  } catch (thrown) {
    const problem = `Reward "${reward.label}" could not be set up in its worker: ${describeThrown(thrown)}`;
    send({ type: "prepared", problem });
  }
}

async function dispose(): Promise<void> {
  closing.abort();
  const results = await Promise.allSettled([...rewards.values()].map((reward) => reward.dispose()));
  const failed = results.find((result) => result.status === "rejected");
  send(failed ? { type: "disposed", problem: describeThrown(failed.reason) } : { type: "disposed" });
}

parentPort?.on("message", (message: ToWorker) => {
  switch (message.type) {
    case "prepare":
      void prepare(message.reward);
      break;
    case "call": {
      calling = new AbortController();
      const outcomes = rewards.get(message.reward)?.call(message.samples, message.seed, calling.signal);
      void outcomes?.then((settled) => send({ type: "result", outcomes: settled }));
      break;
    }
    case "abort":
      calling.abort(new Error(message.message));
      break;
    case "dispose":
      void dispose();
      break;
  }
});
