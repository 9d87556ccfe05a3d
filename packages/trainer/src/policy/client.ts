/**
 * The policy as the main thread sees it: asynchronous calls to the worker that owns the weights, so that rewards, logs
 * and the screen go on while tensors are computed.
 */
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { PavlovError } from "@pavlov/core";
import type {
  ErrorMessage,
  FinishedRow,
  GenerateReply,
  GenerateRequest,
  LoadReply,
  LoadRequest,
  PolicyMethod,
  PolicyMethods,
  ReplyMessage,
} from "./protocol.js";
import { explainMemoryError, workerEnded } from "./worker-failure.js";

type Request<M extends PolicyMethod> = Parameters<PolicyMethods[M]>[0];
type Reply<M extends PolicyMethod> = ReturnType<PolicyMethods[M]>;

/** A model in training, running in a worker thread. Made by {@link startPolicy}; calls run one after another. */
export interface PolicyClient {
  readonly info: LoadReply;
  /**
   * Calls `onFinished` as completions end, while others are still being generated. Rejects with the signal's reason
   * where it aborts; what is being generated ends with the next token.
   */
  generate(
    request: GenerateRequest,
    onFinished: (rows: readonly FinishedRow[]) => void,
    signal?: AbortSignal,
  ): Promise<GenerateReply>;
  logProbabilities(request: Request<"logProbabilities">): Promise<Reply<"logProbabilities">>;
  accumulate(request: Request<"accumulate">): Promise<Reply<"accumulate">>;
  update(request: Request<"update">): Promise<Reply<"update">>;
  syncReference(request: Request<"syncReference">): Promise<void>;
  save(request: Request<"save">): Promise<void>;
  saveCheckpoint(request: Request<"saveCheckpoint">): Promise<Reply<"saveCheckpoint">>;
  loadCheckpoint(request: Request<"loadCheckpoint">): Promise<void>;
  /** Frees the weights and ends the worker; calls under way reject. */
  dispose(): Promise<void>;
}

interface PendingCall {
  resolve(value: unknown): void;
  reject(error: Error): void;
  onFinished?: (rows: readonly FinishedRow[]) => void;
}

const reviveError = (error: ErrorMessage): Error => {
  const revived = error.expected
    ? new PavlovError(error.message, error.hint === undefined ? {} : { hint: error.hint })
    : new Error(error.message);
  if (error.stack !== undefined) revived.stack = error.stack;
  return explainMemoryError(revived);
};

/** Where the worker's entry lies: always the built file, also when this file runs from its source in a test. */
const workerEntry = (): string => createRequire(import.meta.url).resolve("@pavlov/trainer/policy-worker");

/** Starts a worker and loads a model into it. Rejects with a sentence for the user where the model cannot be loaded. */
export const startPolicy = (request: LoadRequest): Promise<PolicyClient> =>
  loadInWorker(new Worker(workerEntry(), { name: "pavlov-policy" }), request);

/** Loads a model in a worker that serves `PolicyMethods`. The worker's end rejects all calls under way and to come. */
export const loadInWorker = async (worker: Worker, request: LoadRequest): Promise<PolicyClient> => {
  const pending = new Map<number, PendingCall>();
  let nextId = 0;
  let ended: Error | undefined;

  const end = (error: Error): void => {
    ended ??= error;
    for (const call of pending.values()) call.reject(error);
    pending.clear();
  };
  worker.on("error", (error: Error) => end(explainMemoryError(error)));
  worker.on("exit", (code) => end(workerEnded(code)));
  worker.on("message", (message: ReplyMessage) => {
    const call = pending.get(message.id);
    if (!call) return;
    if ("finished" in message) {
      try {
        call.onFinished?.(message.finished);
      } catch (error) {
        pending.delete(message.id);
        call.reject(error instanceof Error ? error : new Error(String(error)));
      }
      return;
    }
    pending.delete(message.id);
    if ("error" in message) call.reject(reviveError(message.error));
    else call.resolve(message.result);
  });

  const call = <M extends PolicyMethod>(
    method: M,
    argument: Request<M>,
    onFinished?: PendingCall["onFinished"],
    signal?: AbortSignal,
  ): Promise<Reply<M>> =>
    new Promise((resolve, reject) => {
      if (ended) {
        reject(ended);
        return;
      }
      const id = nextId++;
      const cancel = (): void => worker.postMessage({ cancel: id });
      const settle = (): void => signal?.removeEventListener("abort", cancel);
      pending.set(id, {
        resolve: (value) => {
          settle();
          resolve(value as Reply<M>);
        },
        reject: (error) => {
          settle();
          reject(signal?.aborted === true ? signal.reason : error);
        },
        ...(onFinished ? { onFinished } : {}),
      });
      worker.postMessage({ id, method, request: argument });
      if (signal?.aborted === true) cancel();
      else signal?.addEventListener("abort", cancel, { once: true });
    });

  const stop = async (): Promise<void> => {
    worker.removeAllListeners("exit");
    await worker.terminate();
    end(new Error("The policy was disposed."));
  };

  let info: LoadReply;
  try {
    info = await call("load", request);
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    info,
    generate: (argument, onFinished, signal) => call("generate", argument, onFinished, signal),
    logProbabilities: (argument) => call("logProbabilities", argument),
    accumulate: (argument) => call("accumulate", argument),
    update: (argument) => call("update", argument),
    syncReference: (argument) => call("syncReference", argument),
    save: (argument) => call("save", argument),
    saveCheckpoint: (argument) => call("saveCheckpoint", argument),
    loadCheckpoint: (argument) => call("loadCheckpoint", argument),
    dispose: async () => {
      // A worker that is ended in the middle of native code takes the process with it: calls end first.
      for (const id of pending.keys()) worker.postMessage({ cancel: id });
      if (!ended) await call("dispose", null).catch(() => undefined);
      await stop();
    },
  };
};
