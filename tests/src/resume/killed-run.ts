/** A training that is killed with SIGKILL again and again, and taken up each time, as a user would do it. */
import { spawn } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { repository } from "../end-to-end/run-pavlov.test.fixture.js";

/** What a kill waits for, before it strikes at a random moment. */
export type Occasion = "start" | "step" | "save" | "end";

/** When a kill strikes; `end` is when the checkpoint of step `count` begins to be written. */
export interface Kill {
  readonly occasion: Occasion;
  /** Which of the occasions in this life, from 1; a start is the first. For `end`, the run's last step. */
  readonly count: number;
  /** After the occasion. */
  readonly milliseconds: number;
}

/** One life of the process. */
export interface Life {
  /** Null where it ended by itself. */
  readonly killed: Kill | null;
  /** The last step that it reported. */
  readonly step: number;
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly warnings: readonly string[];
}

/** Numbers in [0, 1) that a seed decides (mulberry32), so that a failing check can be repeated. */
export const randomNumbers = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export interface LifeOptions {
  readonly config: string;
  readonly output: string;
  readonly resume: boolean;
  /** More arguments of `pavlov train`. */
  readonly args?: readonly string[];
  readonly kill: Kill | null;
}

/** Resolves when enough checkpoints have begun to be written: a folder has a temporary name then. */
const savingBegins = async (
  output: string,
  isEnough: (begun: ReadonlySet<number>) => boolean,
  signal: AbortSignal,
): Promise<void> => {
  const seen = new Set<number>();
  while (!signal.aborted) {
    const names = await readdir(join(output, "checkpoints")).catch((): string[] => []);
    for (const name of names) {
      const step = /^\.step-(\d+)\.\d+\.tmp$/.exec(name)?.[1];
      if (step !== undefined) seen.add(Number(step));
    }
    if (isEnough(seen)) return;
    await wait(1);
  }
};

/** Runs `pavlov train` until it ends or is killed. */
export const live = ({ config, output, resume, args = [], kill }: LifeOptions): Promise<Life> =>
  new Promise((resolve) => {
    const command = ["packages/cli/bin/pavlov.js", "train", config, "--output", output, "--json", ...args];
    if (resume) command.push("--resume");
    const child = spawn(process.execPath, command, { cwd: repository, stdio: ["ignore", "pipe", "pipe"] });
    const ended = new AbortController();
    const warnings: string[] = [];
    let [stdout, stderr, step, steps, struck] = ["", "", 0, 0, false];
    const strike = (): void => {
      if (kill === null) return;
      void wait(kill.milliseconds, undefined, { signal: ended.signal })
        .then(() => (struck = child.kill("SIGKILL")))
        .catch(() => undefined);
    };
    if (kill?.occasion === "start") strike();
    if (kill?.occasion === "save" || kill?.occasion === "end") {
      const { occasion, count } = kill;
      const isEnough = (begun: ReadonlySet<number>): boolean =>
        occasion === "end" ? begun.has(count) : begun.size >= count;
      void savingBegins(output, isEnough, ended.signal).then(strike);
    }
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (stdout + text).split("\n");
      stdout = lines.pop() ?? "";
      for (const line of lines) {
        const event = JSON.parse(line) as { type: string; step?: number; message?: string };
        if (event.type === "warning") warnings.push(event.message ?? "");
        if (event.type !== "step") continue;
        step = event.step ?? step;
        steps += 1;
        if (kill?.occasion === "step" && steps === kill.count) strike();
      }
    });
    child.on("close", (exitCode, signal) => {
      ended.abort();
      const killed = struck && signal === "SIGKILL" ? kill : null;
      resolve({ killed, step, exitCode, stderr, warnings });
    });
  });

/** Whether a run has a checkpoint to go on from. */
export const hasCheckpoint = async (output: string): Promise<boolean> =>
  (await readdir(join(output, "checkpoints")).catch((): string[] => [])).some((name) => name.startsWith("step-"));

/** Removes what a run left that was killed before its first checkpoint. */
export const startOver = async (output: string): Promise<void> => {
  await rm(output, { recursive: true, force: true });
};
