// One run of a Python program in a process of its own: started, fed, watched, ended, and nothing of it left behind.
import { randomBytes } from "node:crypto";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex, Readable } from "node:stream";
import { errorMessage, PavlovError } from "@pavlov/core";
import { endGroup, spawnGroup } from "../../process-group.js";
import { badly, type Execution, type Limits, printedTooMuch, ranOutOfTime, type Task } from "../execution.js";
import { BOOTSTRAP } from "./bootstrap.js";

/** How a Python is started: what stands before it on the command line, whose rights it has, and its own flags. */
export interface PythonSetup {
  /** The interpreter's path. */
  readonly python: string;
  /** Programs, with their arguments, that confine what they start, each the next one; empty for none. */
  readonly wrapper: readonly string[];
  /** Whether they give it namespaces of its own. */
  readonly hasNamespaces: boolean;
  /** The user and group that it runs as, where this process may choose; null for its own. */
  readonly user: number | null;
  /** Whether installed packages may be imported. */
  readonly packages: boolean;
}

/** Processes and threads of a program in a namespace of its own; elsewhere all of its user's count, so it gets none. */
const MOST_PROCESSES = 32;
/** Characters of standard error that are kept: the end says what went wrong. */
const KEPT_ERROR = 4096;
/** Milliseconds that output still in the pipe has to arrive once the process has ended. */
const DRAIN_TIME = 500;

/**
 * Runs one program.
 *
 * @throws PavlovError where the process could not be started, or ended before the program's own code began
 * @throws the signal's reason once it is aborted
 */
export async function runPython(
  setup: PythonSetup,
  task: Task,
  limits: Limits,
  signal: AbortSignal,
): Promise<Execution> {
  signal.throwIfAborted();
  const folder = await mkdtemp(join(tmpdir(), "pavlov-code-"));
  try {
    if (setup.user !== null) await chown(folder, setup.user, setup.user);
    return await runIn(folder, setup, task, limits, signal);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function runIn(
  folder: string,
  { python, wrapper, hasNamespaces, user, packages }: PythonSetup,
  task: Task,
  limits: Limits,
  signal: AbortSignal,
): Promise<Execution> {
  const flags = ["-I", "-B", "-X", "utf8", ...(packages ? [] : ["-S"]), "-c", BOOTSTRAP];
  // It may have been aborted while the folder was made, when nobody listened.
  signal.throwIfAborted();
  const [file, ...args] = [...wrapper, python, ...flags];
  const marker = randomBytes(16).toString("hex");
  const child = spawnGroup(file as string, args, {
    cwd: folder,
    env: {},
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    ...(user !== null && { uid: user, gid: user }),
  });

  let stopped: Execution | undefined;
  const stop = (execution: Execution) => {
    stopped ??= execution;
    endGroup(child);
  };
  const abort = () => endGroup(child);
  signal.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(() => stop(ranOutOfTime(limits)), limits.timeout);
  try {
    const channel = child.stdio[3] as Duplex;
    const output = collect(child.stdout as Readable, task.outputLimit, () => stop(printedTooMuch(task)));
    const errors = collect(child.stderr as Readable, 1 << 20, () => stop(printedTooMuch(task)), KEPT_ERROR);
    const answers = collect(channel, task.outputLimit, () => stop(badly("returned too much")));
    // A program may end, or close its input, before it has read it.
    for (const stream of [child.stdin, channel]) stream?.on("error", () => {});
    const ended = new Promise<number | string>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, killedBy) => resolve(code ?? killedBy ?? "unknown"));
    });
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
    channel.end(payload(task, marker, guestLimits(limits, hasNamespaces)));
    child.stdin?.end(task.input);

    const status = await ended.catch((cause: unknown) => {
      throw new PavlovError(`Python could not be started for a test: ${errorMessage(cause)}.`, { cause });
    });
    const drained = setTimeout(() => {
      for (const stream of child.stdio) stream?.destroy();
    }, DRAIN_TIME);
    await closed;
    clearTimeout(drained);
    signal.throwIfAborted();
    if (stopped) return stopped;
    const [ready, ...answered] = answers().split("\n");
    if (ready !== "ready") {
      throw new PavlovError(
        `Python ended (${status}) before a test's code began: ${lastLine(errors()) || "it did not say why"}.`,
        { hint: "Raise the param memory if it is low, and see whether the param python names a Python from 3.8 on." },
      );
    }
    if (status !== 0) return badly(describeEnd(status, errors()));
    if (task.question === null) return { ended: "well", output: output() };
    const answer = answered.find((line) => line.startsWith(marker));
    if (answer === undefined) return badly("ended before it returned");
    return { ended: "well", output: output(), value: answer.slice(marker.length) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    endGroup(child);
  }
}

/** What the bootstrap reads; the program's input goes another way. */
function payload({ code, question }: Task, marker: string, limits: ReturnType<typeof guestLimits>): string {
  // Arguments may be nested deeper than Python's own parser goes.
  const asked = question?.kind === "call" ? { ...question, args: JSON.stringify(question.args) } : question;
  return JSON.stringify({ code, question: asked, marker, limits });
}

function guestLimits({ timeout, memory }: Limits, hasNamespaces: boolean) {
  // The clock on the wall comes first; the limit on computing is for what outlives this process.
  return {
    seconds: Math.ceil(timeout / 1000) + 1,
    bytes: memory * 2 ** 20,
    processes: hasNamespaces ? MOST_PROCESSES : 0,
  };
}

/**
 * Keeps what a stream brings.
 *
 * @param limit bytes that may come before `exceed` is called
 * @param kept bytes of the end that are enough
 */
function collect(stream: Readable, limit: number, exceed: () => void, kept = Infinity): () => string {
  let chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) {
      exceed();
      return;
    }
    chunks.push(chunk);
    if (size > kept && chunks.length > 1) chunks = [Buffer.concat(chunks).subarray(-kept)];
  });
  return () => Buffer.concat(chunks).toString("utf8");
}

function describeEnd(status: number | string, errors: string): string {
  const line = lastLine(errors);
  if (line !== "") return line;
  return typeof status === "string" ? `was killed by ${status}` : `ended with exit code ${status}`;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}
