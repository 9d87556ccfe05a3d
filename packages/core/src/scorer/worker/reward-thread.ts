/** One worker thread with the rewards that it has imported: one call at a time, killed when its time is up. */
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import type { CallSample } from "../invoke.js";
import { describeThrown, failure, nameSample, type Outcome } from "../outcome.js";
import type { FromWorker, ToWorker, WorkerReward } from "./messages.js";

// By the package's own name, and only when the first thread starts: tests run the sources, which need no build until
// then, and a worker thread needs one.
const workerEntry = (): string => createRequire(import.meta.url).resolve("@pavlov/core/score-worker");

/** Milliseconds that an asynchronous reward has to end after its signal is aborted, before its worker is killed. */
const GRACE = 50;
/** Milliseconds for `dispose` in a worker, before it is ended regardless. */
const DISPOSE_LIMIT = 2_000;

export interface ThreadCall {
  readonly reward: WorkerReward;
  readonly samples: readonly CallSample[];
  readonly seed: number;
  /** Milliseconds from the moment that the worker is told. */
  readonly timeout: number | undefined;
  /** Whether the reward can end by itself when its signal is aborted. */
  readonly asynchronous: boolean;
  readonly signal: AbortSignal;
}

export class RewardThread {
  readonly #worker = new Worker(workerEntry(), { name: "pavlov reward" });
  /** Why each reward that could not be prepared cannot run, by id. */
  readonly #problems = new Map<number, string>();
  #receive: ((message: FromWorker) => void) | undefined;
  #over = false;
  #crash: string | undefined;
  /** Resolves with one sentence's end, such as `exited with code 1`, when the thread is no more. */
  readonly ended: Promise<string>;

  constructor(log: (reward: number, message: string) => void) {
    this.#worker.on("message", (message: FromWorker) => {
      if (message.type === "log") log(message.reward, message.message);
      else this.#receive?.(message);
    });
    this.#worker.on("error", (thrown) => (this.#crash = `crashed: ${describeThrown(thrown)}`));
    this.ended = new Promise((resolve) => {
      this.#worker.once("exit", (code) => resolve(this.#crash ?? `exited with code ${code}`));
    });
  }

  /** Imports and sets up rewards, one after the other. Rejects when the thread ends meanwhile. */
  async prepare(rewards: readonly WorkerReward[]): Promise<ReadonlyMap<number, string>> {
    this.#worker.ref();
    for (const reward of rewards) {
      const answer = await this.#ask({ type: "prepare", reward }).catch((thrown) => {
        // Structured cloning refuses functions and the like.
        const problem = `Reward "${reward.label}" has params that no worker can be sent: ${describeThrown(thrown)}`;
        return { type: "prepared" as const, problem };
      });
      if (typeof answer === "string") throw new Error(`The worker of reward "${reward.label}" ${answer}.`);
      if (answer.type === "prepared" && answer.problem !== undefined) this.#problems.set(reward.id, answer.problem);
    }
    // An idle worker keeps no process alive.
    this.#worker.unref();
    return this.#problems;
  }

  /**
   * `outcomes` settles when the call ends, its time is up or the thread is no more; it rejects with the signal's reason
   * when that is aborted. `usable` tells, maybe later, whether the thread can take another call.
   */
  call(call: ThreadCall): { readonly outcomes: Promise<readonly Outcome[]>; readonly usable: Promise<boolean> } {
    const { reward, samples, seed, signal } = call;
    const failAll = (what: string) =>
      samples.map((sample) => failure(`Reward "${reward.label}" ${what} on ${nameSample(sample)}.`));
    const problem = this.#problems.get(reward.id);
    if (problem !== undefined) {
      return { outcomes: Promise.resolve(samples.map(() => failure(problem))), usable: Promise.resolve(true) };
    }

    this.#worker.ref();
    const answer = this.#ask({ type: "call", reward: reward.id, samples, seed }).then(
      (given) => {
        if (typeof given === "string") return failAll(`ended its worker, which ${given},`);
        return given.type === "result" ? given.outcomes : failAll("gave no result");
      },
      (thrown) => failAll(`could not be sent to its worker (${describeThrown(thrown)})`),
    );
    let timer: NodeJS.Timeout | undefined;
    let stop: (() => void) | undefined;
    const stopped = new Promise<readonly Outcome[]>((resolve, reject) => {
      const { timeout } = call;
      if (timeout !== undefined) {
        const expire = () => resolve(failAll(`timed out after ${timeout} ms`));
        // An answer that already waits behind a busy event loop is let in first: it was in time.
        timer = setTimeout(() => setImmediate(expire), timeout);
      }
      stop = () => reject(signal.reason);
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
    const outcomes = Promise.race([answer, stopped]).finally(() => {
      clearTimeout(timer);
      if (stop) signal.removeEventListener("abort", stop);
    });
    return { outcomes, usable: this.#settle(answer, outcomes, call.asynchronous) };
  }

  /** Ends the thread, whatever it does. */
  kill(): void {
    void this.#worker.terminate();
  }

  /** Disposes of the rewards and ends the thread. Rejects when a reward's `dispose` threw. */
  async dispose(): Promise<void> {
    const limit = new Promise<string>((resolve) => setTimeout(resolve, DISPOSE_LIMIT, "took too long").unref());
    this.#worker.ref();
    const answer = await Promise.race([this.#ask({ type: "dispose" }), limit]);
    await this.#worker.terminate();
    if (typeof answer === "object" && answer.type === "disposed" && answer.problem !== undefined) {
      throw new Error(answer.problem);
    }
  }

  async #settle(
    answer: Promise<readonly Outcome[]>,
    outcomes: Promise<readonly Outcome[]>,
    asynchronous: boolean,
  ): Promise<boolean> {
    let answered = false;
    void answer.then(() => (answered = true));
    await outcomes.catch(() => {});
    if (!answered && asynchronous) {
      this.#post({ type: "abort", message: "the call's time is up" });
      const grace = new Promise<void>((resolve) => setTimeout(resolve, GRACE));
      await Promise.race([answer, grace]);
    }
    if (!answered) this.kill();
    else this.#worker.unref();
    return answered && !this.#over;
  }

  /** The answer to a message, or how the thread ended. Rejects when the message cannot be sent. */
  async #ask(message: ToWorker): Promise<FromWorker | string> {
    if (this.#over) return this.ended;
    const received = new Promise<FromWorker>((resolve) => (this.#receive = resolve));
    const over = this.ended.then((how) => {
      this.#over = true;
      return how;
    });
    this.#post(message);
    return Promise.race([received, over]);
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}
