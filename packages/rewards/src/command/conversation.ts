// What is asked of a program and what it answers, matched; a sample that breaks the program harms no other one.
import { PavlovError, type ScoreResult } from "@pavlov/core";
import { quote } from "../quote.js";
import { readAnswer } from "./answer.js";
import { type Program, type ProgramOptions, startProgram } from "./program.js";

/** How a program is spoken to. */
export interface ConversationOptions extends Pick<ProgramOptions, "command" | "cwd" | "env" | "log"> {
  /** Milliseconds without an answer while one is due. */
  readonly timeout: number;
  /** Whether it is started anew when it has ended. */
  readonly restart: boolean;
}

/** A program that scores samples. */
export interface Conversation {
  /** @throws PavlovError where it cannot be started */
  start(): Promise<void>;
  /**
   * Asks for one sample's score.
   *
   * @throws PavlovError where there is no answer that is one
   * @throws the signal's reason once it is aborted
   */
  ask(sample: object, signal: AbortSignal): Promise<ScoreResult>;
  dispose(): Promise<void>;
}

/** Samples in a row over which a program may be silent before those that wait are given up with them. */
const MOST_SILENCES = 3;

/** A sample on its way. */
interface Request {
  readonly id: number;
  readonly line: string;
  /** How often a program ended over it. */
  deaths: number;
  /** It may be what ended a program, and is sent when nothing else is under way. */
  suspect: boolean;
  settle(result: ScoreResult | Error): void;
}

/**
 * Starts no program before it is asked to.
 *
 * Samples go out one at a time until an answer repeats a sample's id, and from then on as they come. When the program
 * ends, falls silent or answers with nonsense while several samples are out, these are sent again one at a time, so that
 * only the one that does it is lost.
 */
export function createConversation(options: ConversationOptions): Conversation {
  const { timeout, log } = options;
  const waiting: Request[] = [];
  const under = new Map<number, Request>();
  let program: Program | undefined;
  let starting: Promise<void> | undefined;
  let repeatsIds = false;
  let broken: string | undefined;
  let disposed = false;
  let count = 0;
  let silences = 0;
  let silence: NodeJS.Timeout | undefined;

  const watch = () => {
    clearTimeout(silence);
    silence = under.size === 0 ? undefined : setTimeout(() => fail("silent"), timeout);
  };

  /** Ends the program, loses the sample that is to blame, and asks the others again. */
  const fail = (kind: "ended" | "silent" | "nonsense", detail = "") => {
    const problem = kind === "silent" ? `gave no answer for ${timeout} ms` : detail;
    program?.kill();
    program = undefined;
    const requests = [...under.values()];
    under.clear();
    watch();
    const [only] = requests;
    if (requests.length === 1 && only) {
      only.deaths++;
      // What ended the program may have been the sample before.
      if (kind !== "ended" || only.deaths > 1) {
        requests.pop();
        only.settle(new PavlovError(`The program ${problem}.`));
        if (kind === "silent") silences++;
      }
    } else if (requests.length === 0) log(`The program ${problem}.`);
    for (const request of requests) request.suspect = true;
    waiting.unshift(...requests);
    if (silences >= MOST_SILENCES) {
      silences = 0;
      for (const request of waiting.splice(0)) request.settle(new PavlovError(`The program ${problem}, many times.`));
    }
    if (!options.restart) {
      broken = problem;
      for (const request of waiting.splice(0)) request.settle(brokenError(problem));
    }
    pump();
  };

  const onLines = (lines: readonly string[]) => {
    for (const line of lines) {
      const answer = readAnswer(line);
      if (answer === undefined) {
        return fail("nonsense", `answered with ${quote(line)}, which is no score, and no object with one`);
      }
      const [first] = under.keys();
      if (answer.id === undefined) {
        if (first === undefined) return fail("nonsense", "wrote a line that nobody asked for");
        if (under.size > 1) return fail("nonsense", "repeated the ids of samples, and then left one out");
        if (lines.length > 1) return fail("nonsense", `answered one sample with ${lines.length} lines`);
      } else repeatsIds = true;
      const id = answer.id ?? first;
      const request = id === undefined ? undefined : under.get(id);
      if (id === undefined || request === undefined) {
        log(`The program answered for the sample ${id}, which is not being asked.`);
        continue;
      }
      under.delete(id);
      silences = 0;
      request.settle(answer.result);
    }
    watch();
    // A line too many that follows at once is noticed before the next sample is sent.
    setImmediate(pump);
  };

  const startOnce = async () => {
    const started = await startProgram({ ...options, onLines, onEnd: (how) => fail("ended", how) });
    if (disposed) await started.end();
    else program = started;
  };
  const start = () => {
    starting = startOnce().finally(() => {
      starting = undefined;
    });
    return starting;
  };

  const isFree = (next: Request): boolean => {
    if (under.size === 0) return true;
    const [out] = under.values();
    return repeatsIds && !next.suspect && out?.suspect !== true;
  };

  const pump = () => {
    if (disposed || starting !== undefined || waiting.length === 0) return;
    if (program === undefined) {
      start().then(pump, (thrown: Error) => {
        for (const request of waiting.splice(0)) request.settle(thrown);
      });
      return;
    }
    for (let [next] = waiting; next !== undefined && isFree(next); [next] = waiting) {
      waiting.shift();
      under.set(next.id, next);
      program.send(next.line);
      if (under.size === 1) watch();
    }
  };

  return {
    start,
    ask(sample, signal) {
      signal.throwIfAborted();
      if (disposed) throw new PavlovError("The reward is disposed of.");
      if (broken !== undefined) throw brokenError(broken);
      const id = ++count;
      return new Promise((resolve, reject) => {
        const settle = (result: ScoreResult | Error) => {
          signal.removeEventListener("abort", abort);
          if (result instanceof Error) reject(result);
          else resolve(result);
        };
        const request = { id, line: JSON.stringify({ id, ...sample }), deaths: 0, suspect: false, settle };
        // One that is out keeps its place until it is answered; nobody waits for it any more.
        const abort = () => {
          const place = waiting.indexOf(request);
          if (place >= 0) waiting.splice(place, 1);
          settle(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
        };
        signal.addEventListener("abort", abort, { once: true });
        waiting.push(request);
        pump();
      });
    },
    async dispose() {
      disposed = true;
      clearTimeout(silence);
      const error = new PavlovError("The reward is disposed of.");
      for (const request of [...under.values(), ...waiting]) request.settle(error);
      under.clear();
      waiting.length = 0;
      await starting?.catch(() => {});
      await program?.end();
    },
  };
}

const brokenError = (problem: string): PavlovError =>
  new PavlovError(`The program ${problem}, and is not started again: the param restart is off.`);
