/** Serves the model to the process that asks for it. Calls arrive as messages and run one after another. */
import { PavlovError } from "@pavlov/core";
import { peakBytes } from "./peak-memory.js";
import { loadPolicy, type Policy } from "./policy.js";
import type {
  CallMessage,
  CancelMessage,
  ErrorMessage,
  FinishedRow,
  LoadRequest,
  PolicyMethods,
  ReplyMessage,
} from "./protocol.js";

type Handler = (
  request: never,
  report: (rows: readonly FinishedRow[]) => void,
  signal: AbortSignal,
) => Promise<unknown>;

const describeError = (error: unknown): ErrorMessage => {
  if (!(error instanceof Error)) return { message: String(error), expected: false };
  const base = { message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) };
  if (!PavlovError.isInstance(error)) return { ...base, expected: false };
  return { ...base, expected: true, ...(error.hint === undefined ? {} : { hint: error.hint }) };
};

/** The part of `process` that serving needs. */
type Channel = Pick<NodeJS.Process, "on" | "send">;

/** Serves one policy over a process's channel until `dispose`. */
export const servePolicy = (channel: Channel): void => {
  let policy: Policy | undefined;
  const loaded = (): Policy => {
    if (!policy) throw new Error("The policy is not loaded.");
    return policy;
  };

  const handlers: Record<keyof PolicyMethods, Handler> = {
    load: async (request: LoadRequest) => {
      policy = await loadPolicy(request);
      return policy.info;
    },
    generate: (request: Parameters<Policy["generate"]>[0], report, signal) =>
      loaded().generate(request, report, signal),
    logProbabilities: (request: Parameters<Policy["logProbabilities"]>[0]) => loaded().logProbabilities(request),
    accumulate: (request: Parameters<Policy["accumulate"]>[0]) => loaded().accumulate(request),
    update: (request: Parameters<Policy["update"]>[0]) => loaded().update(request),
    syncReference: (request: Parameters<Policy["syncReference"]>[0]) => loaded().syncReference(request),
    save: (request: Parameters<Policy["save"]>[0]) => loaded().save(request),
    saveCheckpoint: (request: Parameters<Policy["saveCheckpoint"]>[0]) => loaded().saveCheckpoint(request),
    loadCheckpoint: (request: Parameters<Policy["loadCheckpoint"]>[0]) => loaded().loadCheckpoint(request),
    usage: async () => {
      const traffic = await policy?.traffic();
      const memory = { residentBytes: process.memoryUsage.rss(), peakBytes: peakBytes() };
      return { ...memory, ...(traffic === undefined ? {} : { traffic }) };
    },
    dispose: async () => {
      policy?.dispose();
      policy = undefined;
    },
  };

  let queue: Promise<void> = Promise.resolve();
  const answer = (message: ReplyMessage): void => void channel.send?.(message);
  const calls = new Map<number, AbortController>();
  channel.on("message", (message: CallMessage | CancelMessage) => {
    if ("cancel" in message) {
      calls.get(message.cancel)?.abort(new Error("The call was cancelled."));
      return;
    }
    const { id, method, request } = message;
    const controller = new AbortController();
    const { signal } = controller;
    calls.set(id, controller);
    queue = queue.then(async () => {
      try {
        signal.throwIfAborted();
        const result = await handlers[method](request as never, (finished) => answer({ id, finished }), signal);
        answer({ id, result });
      } catch (error) {
        answer({ id, error: describeError(error) });
      } finally {
        calls.delete(id);
      }
    });
  });
};
