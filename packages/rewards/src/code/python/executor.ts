// Python programs: how far this machine can confine them, found out once, and the queue that they run through.
import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { errorMessage, PavlovError } from "@pavlov/core";
import type { Execution, Executor, Limits, Task } from "../execution.js";
import { createQueue } from "../queue.js";
import { type PythonSetup, runPython } from "./run-python.js";

/** What the reward is told. */
export interface PythonOptions {
  /** A path, or a name that is looked for in PATH. */
  readonly python: string;
  readonly packages: boolean;
  readonly limits: Limits;
  /** Runs at the same time. */
  readonly parallel: number;
  log(message: string): void;
}

/** The user that owns nothing, where there is no better one: `nobody` on Linux. */
const NOBODY = 65_534;
/** New namespaces for users, the network, processes and their messages. No rights come with them. */
const NAMESPACES = ["--user", "--net", "--pid", "--ipc", "--fork", "--kill-child", "--"];
/** Ends with this process even where that is killed and can end nothing itself. */
const ENDS_WITH_PARENT = ["--pdeathsig", "KILL", "--"];
const PROBE: Task = {
  code: "answer = 6 * 7",
  input: "",
  question: { kind: "call", expression: "answer", args: null },
  outputLimit: 1024,
};
/** What a probe may take on a busy machine. */
const PROBE_LIMITS = { timeout: 20_000, memory: 512 };

/** By interpreter and flags: the machine stays as it is. */
const known = new Map<string, Promise<PythonSetup>>();

/**
 * Finds the interpreter and the tightest confinement that works here.
 *
 * @throws PavlovError where there is no such Python, or it runs nothing
 */
export async function createPythonExecutor(options: PythonOptions): Promise<Executor> {
  const { python, packages, limits, parallel, log } = options;
  if (process.platform === "win32") {
    throw new PavlovError("Python code of completions runs on Linux and macOS only: Windows has no limits for it.");
  }
  const key = JSON.stringify([python, packages]);
  const found = known.get(key) ?? findSetup(python, packages);
  known.set(key, found);
  found.catch(() => known.delete(key));
  const setup = await found;
  for (const warning of warnings(setup)) log(warning);
  const queue = createQueue(parallel);
  const closing = new AbortController();
  return {
    run: (task, signal): Promise<Execution> =>
      queue(() => runPython(setup, task, limits, AbortSignal.any([signal, closing.signal]))),
    async dispose() {
      closing.abort(new PavlovError("The reward is disposed of."));
      await queue.settled();
    },
  };
}

function warnings({ hasNamespaces, user }: PythonSetup): string[] {
  return [
    ...(hasNamespaces
      ? []
      : [
          "Namespaces cannot be had here (unshare): code of completions is kept from the network and from other " +
            "processes by Python alone, and can start no threads.",
        ]),
    ...(process.getuid?.() === 0 && user === null
      ? ["Code of completions runs as root, since this Python can be read by nobody else."]
      : []),
  ];
}

async function findSetup(python: string, packages: boolean): Promise<PythonSetup> {
  const path = await interpreterPath(python);
  const namespaces = await prefix("unshare", NAMESPACES);
  const leash = await prefix("setpriv", ENDS_WITH_PARENT);
  const wrappers = [
    { wrapper: [...leash, ...namespaces], hasNamespaces: namespaces.length > 0 },
    { wrapper: namespaces, hasNamespaces: namespaces.length > 0 },
    { wrapper: leash, hasNamespaces: false },
    { wrapper: [], hasNamespaces: false },
  ];
  const users = process.getuid?.() === 0 ? [NOBODY, null] : [null];
  let problem: unknown;
  for (const confinement of wrappers) {
    for (const user of users) {
      const setup: PythonSetup = { python: path, ...confinement, user, packages };
      try {
        const execution = await runPython(setup, PROBE, PROBE_LIMITS, new AbortController().signal);
        if (execution.ended === "well" && execution.value === "42") return setup;
        problem = execution.ended === "well" ? "it gave a wrong result" : execution.problem;
      } catch (thrown) {
        problem = thrown;
      }
    }
  }
  throw new PavlovError(`The Python ${path} runs no code: ${errorMessage(problem)}`, {
    hint: "Name another one, from 3.8 on, in the param python.",
  });
}

/** The interpreter itself: what stands in PATH may be a script that needs the environment. */
async function interpreterPath(python: string): Promise<string> {
  try {
    const asked = ["-I", "-S", "-c", "import sys; print(sys.executable)"];
    const { stdout } = await promisify(execFile)(python, asked, { timeout: PROBE_LIMITS.timeout });
    return stdout.trim() || python;
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const why = missing ? "is not there" : `does not start: ${errorMessage(cause)}`;
    throw new PavlovError(`The Python ${JSON.stringify(python)}, which code of completions is to run with, ${why}.`, {
      cause,
      hint: "Install Python 3, or give its path as the param python.",
    });
  }
}

/** What starts another program through one that Linux has; empty where it is not there. */
async function prefix(name: string, args: readonly string[]): Promise<readonly string[]> {
  const path = process.platform === "linux" ? await findProgram(name) : undefined;
  return path === undefined ? [] : [path, ...args];
}

async function findProgram(name: string): Promise<string | undefined> {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/bin", "/bin"].filter((path) => path !== "");
  for (const folder of folders) {
    const path = join(folder, name);
    const there = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return path;
  }
  return undefined;
}
