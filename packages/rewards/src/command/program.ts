// The program itself: started without a shell, spoken to line by line, ended with all that it started.
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { errorMessage, PavlovError } from "@pavlov/core";
import { endGroup, spawnGroup } from "../process-group.js";
import { createLineSplitter } from "./line-splitter.js";

/** How a program is started. */
export interface ProgramOptions {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly cwd: string | null;
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Told of the lines that arrived together. */
  onLines(lines: readonly string[]): void;
  /** Told once how it ended, as the end of a sentence, unless it was told to end. */
  onEnd(how: string): void;
  log(message: string): void;
}

/** A program that runs. */
export interface Program {
  send(line: string): void;
  /** Ends it and its whole process group at once. */
  kill(): void;
  /** Closes its input, and ends it where that does not. */
  end(): Promise<void>;
}

/** Characters of a line that are read; an answer is far shorter. */
const LONGEST_LINE = 1 << 20;
/** Characters of a line on standard error that are logged, and how many lines of one life. */
const LONGEST_COMPLAINT = 300;
const MOST_COMPLAINTS = 200;
/** Milliseconds that a program has to end by itself once its input is closed. */
const PATIENCE = 500;

/** @throws PavlovError where it cannot be started */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { command, cwd, env, log } = options;
  const [file = "", ...args] = command;
  const refuse = (cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException;
    const folder = cwd === null ? "" : `, or the folder ${JSON.stringify(cwd)},`;
    const why = code === "ENOENT" ? `${folder} is not there` : ` cannot be started: ${errorMessage(cause)}`;
    return new PavlovError(`The program ${JSON.stringify(file)}${why}.`, {
      cause,
      hint: 'Give the param command as a list, such as ["python3", "score.py"]; there is no shell.',
    });
  };
  let child: ReturnType<typeof spawnGroup>;
  try {
    child = spawnGroup(file, args, { cwd: cwd ?? undefined, env, stdio: ["pipe", "pipe", "pipe"] });
    await once(child, "spawn");
  } catch (cause) {
    throw refuse(cause);
  }

  let told = false;
  let lastComplaint = "";
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const output = createLineSplitter(LONGEST_LINE);
  child.stdout?.on("data", (chunk: Buffer) => {
    const lines = output(chunk).filter((line) => line.trim() !== "");
    if (!told && lines.length > 0) options.onLines(lines);
  });
  let complaints = 0;
  const errors = createLineSplitter(LONGEST_COMPLAINT);
  child.stderr?.on("data", (chunk: Buffer) => {
    for (const line of errors(chunk).filter((text) => text.trim() !== "")) {
      lastComplaint = line.trim();
      if (++complaints <= MOST_COMPLAINTS) log(lastComplaint);
      if (complaints === MOST_COMPLAINTS) log("The program writes more to standard error, which is not shown.");
    }
  });
  // It may end before it has read all.
  child.stdin?.on("error", () => {});
  child.on("error", () => {});
  const describeEnd = async () => {
    await exited;
    // What it last said is still on its way.
    await Promise.race([closed, delay(PATIENCE)]);
    if (told) return;
    told = true;
    const how = child.exitCode === null ? `was killed by ${child.signalCode}` : `ended with code ${child.exitCode}`;
    options.onEnd(lastComplaint === "" ? how : `${how} (${lastComplaint})`);
  };
  void describeEnd();

  return {
    send: (line) => void child.stdin?.write(`${line}\n`),
    kill() {
      told = true;
      endGroup(child);
    },
    async end() {
      told = true;
      child.stdin?.end();
      await Promise.race([exited, delay(PATIENCE)]);
      endGroup(child);
      await exited;
    },
  };
}
