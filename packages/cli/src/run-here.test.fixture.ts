/**
 * Runs the built command in the test's own process, without the second of processor time that starting one takes. What
 * only a process shows, such as signals, a closed pipe, the output of worker threads, or code that was changed after it
 * was imported, needs one: `runProcess`.
 */
import { execFile } from "node:child_process";
import { Console } from "node:console";
import type { EventEmitter } from "node:events";
import { fileURLToPath } from "node:url";
import type { runProgram } from "./run-program.js";

const bin = fileURLToPath(new URL("../bin/pavlov.js", import.meta.url));
/** What Node.js itself imports, as `bin/pavlov.js` does: no test may see other code than users have. */
const built = new URL("../dist/run-program.js", import.meta.url).href;

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Environment variables that differ from those of the test; undefined takes one away. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Runs the built command in a process of its own. */
export function runProcess(folder: string, args: readonly string[], env: Environment = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...process.env, ...env } };
    execFile(process.execPath, [bin, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

let last: Promise<unknown> = Promise.resolve();

/** Runs the built command in this process: one call after another, since folder and output are the process's. */
export function runHere(folder: string, args: readonly string[], env: Environment = {}): Promise<Outcome> {
  const next = last.then(() => run(folder, args, env));
  last = next.catch(() => undefined);
  return next;
}

async function run(folder: string, args: readonly string[], env: Environment): Promise<Outcome> {
  const { runProgram: called } = (await import(built)) as { readonly runProgram: typeof runProgram };
  const restore = [holdFolder(folder), holdEnvironment(env), holdListeners(), holdExitCode()];
  const [output, error] = [hold("stdout"), hold("stderr")];
  const console = globalThis.console;
  globalThis.console = new Console({ stdout: process.stdout, stderr: process.stderr });
  try {
    await called([process.execPath, bin, ...args]);
    const code = Number(process.exitCode ?? 0);
    return { code, stdout: output.text(), stderr: error.text() };
  } finally {
    globalThis.console = console;
    for (const back of [output.restore, error.restore, ...restore]) back();
  }
}

/** Keeps what is written on one of the process's outputs. */
function hold(name: "stdout" | "stderr"): { readonly text: () => string; readonly restore: () => void } {
  const stream = process[name];
  const { write } = stream;
  const chunks: Buffer[] = [];
  const keep = (chunk: string | Uint8Array, encoding?: unknown, callback?: unknown): boolean => {
    chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : Buffer.from(chunk));
    const done = typeof encoding === "function" ? encoding : callback;
    if (typeof done === "function") process.nextTick(done);
    return true;
  };
  stream.write = keep;
  return { text: () => Buffer.concat(chunks).toString(), restore: () => (stream.write = write) };
}

function holdFolder(folder: string): () => void {
  const before = process.cwd();
  process.chdir(folder);
  return () => process.chdir(before);
}

function holdEnvironment(env: Environment): () => void {
  const before = Object.keys(env).map((name): [string, string | undefined] => [name, process.env[name]]);
  const set = ([name, value]: readonly [string, string | undefined]): void => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  Object.entries(env).forEach(set);
  return () => before.forEach(set);
}

function holdExitCode(): () => void {
  const before = process.exitCode;
  process.exitCode = undefined;
  return () => (process.exitCode = before);
}

/** Takes away what a command listens to until its process ends. */
function holdListeners(): () => void {
  const heard: readonly (readonly [EventEmitter, string])[] = [
    [process, "exit"],
    [process, "SIGINT"],
    [process, "SIGTERM"],
    [process.stdout, "error"],
    [process.stderr, "error"],
    [process.stderr, "drain"],
  ];
  const before = heard.map(([emitter, event]) => new Set(emitter.rawListeners(event)));
  return () => {
    for (const [index, [emitter, event]] of heard.entries()) {
      for (const listener of emitter.rawListeners(event)) {
        if (before[index]?.has(listener) === false) emitter.removeListener(event, listener as () => void);
      }
    }
  };
}
