// Worker threads that run JavaScript programs: started when needed, kept, and replaced when a program spoils one.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { errorMessage, PavlovError } from "@pavlov/core";
import { badly, type Execution, type Executor, type Limits, ranOutOfTime, type Task } from "../execution.js";
import { createQueue } from "../queue.js";
import type { JavaScriptRun } from "./run-javascript.js";
import type { ThreadData } from "./thread-data.js";

/** What the reward is told. */
export interface JavaScriptOptions {
  readonly limits: Limits;
  /** Threads. */
  readonly parallel: number;
}

const { resolve: pathOf } = createRequire(import.meta.url);
// By the package's own name, since tests run the sources and a worker thread needs a build.
const threadEntry = (): string => pathOf("@pavlov/rewards/code-thread");

/** The part of the global that is used: the types of Node.js 20 lack it. */
declare const WebAssembly: { compile(bytes: Uint8Array): Promise<object> };

/** QuickJS as machine code that threads share: one that starts later finds what an earlier one had compiled. */
const compileQuickJs = async (): Promise<object> =>
  WebAssembly.compile(await readFile(pathOf("@jitl/quickjs-ng-wasmfile-release-sync/wasm")));

/** Milliseconds beyond the limit in which QuickJS can notice it by itself. */
const GRACE = 500;
/** Megabytes of stack of a thread: WebAssembly takes far more of it than QuickJS counts. */
const THREAD_STACK = 64;
/** Megabytes for a thread's short-lived objects, of which it has few: with what Node.js gives it, it would fill them. */
const THREAD_YOUNG = 2;

/** An executor for JavaScript. Nothing is started before the first run. */
export function createJavaScriptExecutor({ limits, parallel }: JavaScriptOptions): Promise<Executor> {
  const queue = createQueue(parallel);
  const idle: Worker[] = [];
  const living = new Set<Worker>();
  const closing = new AbortController();

  const end = async (worker: Worker) => {
    living.delete(worker);
    await worker.terminate();
  };

  let quickJs: Promise<object> | undefined;
  const start = async (): Promise<Worker> => {
    quickJs ??= compileQuickJs();
    const worker = new Worker(threadEntry(), {
      name: "pavlov code",
      workerData: { limits, quickJs: await quickJs } satisfies ThreadData,
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { stackSizeMb: THREAD_STACK, maxYoungGenerationSizeMb: THREAD_YOUNG },
    });
    living.add(worker);
    // Where QuickJS is broken by a program, it says so here, and in the result.
    for (const stream of [worker.stdout, worker.stderr]) stream.resume();
    const first = await nextOf(worker, undefined);
    if (first.kind === "message") return worker;
    await end(worker);
    throw new PavlovError(`The thread for JavaScript could not be started: ${first.problem}.`);
  };

  const run = async (task: Task, signal: AbortSignal): Promise<Execution> => {
    signal.throwIfAborted();
    const worker = idle.pop() ?? (await start());
    // Not AbortSignal.timeout, which Node 20 forgets with its time where a combined signal alone refers to it.
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), limits.timeout + GRACE);
    const answer = nextOf(worker, AbortSignal.any([signal, limit.signal]));
    worker.postMessage(task);
    const outcome = await answer.finally(() => clearTimeout(timer));
    if (outcome.kind === "message") {
      const { execution, usable } = outcome.message as JavaScriptRun;
      if (usable) idle.push(worker);
      else await end(worker);
      return execution;
    }
    await end(worker);
    signal.throwIfAborted();
    return outcome.kind === "aborted" ? ranOutOfTime(limits) : badly(`ended its thread: ${outcome.problem}`);
  };

  return Promise.resolve({
    run: (task: Task, signal: AbortSignal) => queue(() => run(task, AbortSignal.any([signal, closing.signal]))),
    async dispose() {
      closing.abort(new PavlovError("The reward is disposed of."));
      await queue.settled();
      await Promise.all([...living].map(end));
    },
  });
}

type Next =
  | { readonly kind: "message"; readonly message: unknown }
  | { readonly kind: "aborted" | "ended"; readonly problem: string };

/** What comes first: a message of the thread, its end, or the signal. Keeps the process alive meanwhile. */
function nextOf(worker: Worker, signal: AbortSignal | undefined): Promise<Next> {
  return new Promise((resolve) => {
    const settle = (next: Next) => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      // A thread that is being ended may yet fail, which nobody needs to hear.
      if (next.kind !== "message") worker.on("error", () => {});
      signal?.removeEventListener("abort", onAbort);
      worker.unref();
      resolve(next);
    };
    const onMessage = (message: unknown) => settle({ kind: "message", message });
    const onError = (error: unknown) => settle({ kind: "ended", problem: errorMessage(error) });
    const onExit = (code: number) => settle({ kind: "ended", problem: `it exited with code ${code}` });
    const onAbort = () => settle({ kind: "aborted", problem: "it was stopped" });
    worker.ref();
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
