/**
 * The policy as the main process sees it: asynchronous calls to the process that owns the weights, so that rewards, logs
 * and the screen go on while tensors are computed, and this process lives where memory runs out for the other.
 */
import type { ChildProcess } from "node:child_process";
import { PavlovError } from "@pavlov/core";
import { explainMemoryError, processEnded, processNotStarted } from "./process-failure.js";
import type {
  CallMessage,
  CancelMessage,
  ErrorMessage,
  FinishedRow,
  GenerateReply,
  GenerateRequest,
  LoadReply,
  LoadRequest,
  PolicyMethod,
  PolicyMethods,
  ReplyMessage,
  UsageReply,
} from "./protocol.js";
import { startPolicyProcess } from "./start-process.js";

type Request<M extends PolicyMethod> = Parameters<PolicyMethods[M]>[0];
type Reply<M extends PolicyMethod> = ReturnType<PolicyMethods[M]>;

/** A model in training, in a process of its own. Made by {@link startPolicy}; calls run one after another. */
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
  usage(): Promise<UsageReply>;
  /** Frees the weights and waits for the process's end; calls under way reject. */
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

const startSafely = (startProcess: () => ChildProcess): ChildProcess => {
  try {
    return startProcess();
  } catch (error) {
    throw error instanceof Error ? processNotStarted(error) : error;
  }
};

/** Ctrl-C in a terminal, a closed terminal, `kill`: what reaches this process as well, which decides what it means. */
const STOP_SIGNALS: ReadonlySet<string | null> = new Set(["SIGINT", "SIGTERM", "SIGHUP"]);

/**
 * Starts a process and loads a model into it. Rejects with a sentence for the user where the model cannot be loaded.
 * @param startProcess Starts a process that serves `PolicyMethods`.
 */
export const startPolicy = async (request: LoadRequest, startProcess = startPolicyProcess): Promise<PolicyClient> => {
  for (;;) {
    const child = startSafely(startProcess);
    try {
      return await loadInProcess(child, request);
    } catch (error) {
      // Such a signal ends the process only where it comes before that has learnt to ignore it.
      if (!STOP_SIGNALS.has(child.signalCode)) throw error;
    }
  }
};

/** Loads a model in a process that serves `PolicyMethods`. The process's end rejects all calls under way and to come. */
export const loadInProcess = async (child: ChildProcess, request: LoadRequest): Promise<PolicyClient> => {
  const pending = new Map<number, PendingCall>();
  let nextId = 0;
  let ended: Error | undefined;
  let failure: Error | undefined;

  const end = (error: Error): void => {
    ended ??= error;
    for (const call of pending.values()) call.reject(ended);
    pending.clear();
  };
  const gone = new Promise<void>((resolve) => {
    child.on("error", (error) => {
      // A process that runs has its end told below, whatever else fails.
      if (child.pid !== undefined) return;
      end(processNotStarted(error));
      resolve();
    });
    // After the last message: `exit` may come before it.
    child.on("close", (exitCode, signal) => {
      end(failure ?? processEnded(exitCode, signal, request.engine.device));
      resolve();
    });
  });
  const kill = (): boolean => child.kill("SIGKILL");
  // Nothing can be asked of it any more.
  child.on("disconnect", kill);
  const send = (message: CallMessage | CancelMessage): void => {
    if (child.connected) child.send(message, (error) => error && kill());
  };
  child.on("message", (message: ReplyMessage) => {
    if ("failed" in message) {
      failure = reviveError(message.failed);
      return;
    }
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
      // Throws where the argument is no plain data.
      send({ id, method, request: argument });
      const cancel = (): void => send({ cancel: id });
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
      if (signal?.aborted === true) cancel();
      else signal?.addEventListener("abort", cancel, { once: true });
    });

  const stop = async (): Promise<void> => {
    end(new Error("The policy was disposed."));
    kill();
    await gone;
  };

  let info: LoadReply;
  try {
    info = await call("load", { ...request, callerBytes: process.memoryUsage.rss() });
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
    usage: () => call("usage", null),
    dispose: async () => {
      // What writes files has its time to finish; what generates ends with the next token.
      for (const id of pending.keys()) send({ cancel: id });
      if (!ended) await call("dispose", null).catch(() => undefined);
      await stop();
    },
  };
};
