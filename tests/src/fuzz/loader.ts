/** Loads folders in a process of their own, which is watched: a load that hangs or kills it is an outcome too. */
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Outcome } from "./attempt.js";

/** How a load ended, seen from outside. */
export interface WatchedOutcome {
  readonly kind: Outcome["kind"] | "hung" | "died" | "memory";
  readonly message: string;
}

const secondsAllowed = 10;
const kilobytesAllowed = 1_000_000;

/** Starts the process at the first load, and anew after each that it did not survive. */
export class Loader {
  #child: ChildProcess | null = null;
  /** The most memory of any process so far, in kilobytes. */
  peakKilobytes = 0;

  async load(folder: string): Promise<WatchedOutcome> {
    const child = (this.#child ??= fork(fileURLToPath(new URL("child.js", import.meta.url)), {
      // What the library that runs tokenizers says about damaged ones is no part of the report.
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    }));
    const answer = await new Promise<(Outcome & { kilobytes: number }) | "hung" | "died">((resolve) => {
      const timer = setTimeout(() => resolve("hung"), secondsAllowed * 1000);
      const settle = (value: (Outcome & { kilobytes: number }) | "died"): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(value);
      };
      child.once("message", (value) => settle(value as Outcome & { kilobytes: number }));
      child.once("exit", () => settle("died"));
      child.send(folder);
    });
    if (answer === "hung" || answer === "died") {
      this.stop();
      return { kind: answer, message: `The process ${answer} while it loaded the folder.` };
    }
    this.peakKilobytes = Math.max(this.peakKilobytes, answer.kilobytes);
    if (answer.kilobytes > kilobytesAllowed) {
      this.stop();
      return { kind: "memory", message: `The process took ${answer.kilobytes} kB.` };
    }
    return answer;
  }

  stop(): void {
    this.#child?.removeAllListeners();
    this.#child?.kill("SIGKILL");
    this.#child = null;
  }
}
