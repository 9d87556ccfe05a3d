/** What the checks ask of the machine: files, programs, variables. Tests give recorded answers in their place. */
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, readdir, readFile, stat } from "node:fs/promises";

/** How a program went. `absent`: there is none of that name. `hung`: it was ended after {@link patience}. */
export type Outcome =
  | { readonly end: "exited"; readonly code: number; readonly output: string }
  | { readonly end: "absent" }
  | { readonly end: "hung" };

export interface Sources {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A file's text; null where it cannot be read. */
  readonly read: (path: string) => Promise<string | null>;
  /** The names in a folder; none where it cannot be read. */
  readonly list: (path: string) => Promise<readonly string[]>;
  readonly exists: (path: string) => Promise<boolean>;
  /** Whether this process may read and write a file. */
  readonly mayUse: (path: string) => Promise<boolean>;
  /** The number of the group that owns a file; null where it is not told. */
  readonly groupOf: (path: string) => Promise<number | null>;
  /** Runs a program; nothing of what it writes reaches the user. */
  readonly run: (program: string, args: readonly string[]) => Promise<Outcome>;
}

/** Milliseconds that a program of the system may take. */
export const patience = 5000;

const MOST_OUTPUT = 2 ** 24;

const isAllowed = (path: string, mode: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );

function run(program: string, args: readonly string[]): Promise<Outcome> {
  const options = { timeout: patience, killSignal: "SIGKILL", maxBuffer: MOST_OUTPUT, windowsHide: true } as const;
  return new Promise((resolve) => {
    execFile(program, [...args], options, (error, output) => {
      if (error === null) resolve({ end: "exited", code: 0, output });
      else if (error.killed === true) resolve({ end: "hung" });
      else if (typeof error.code === "number") resolve({ end: "exited", code: error.code, output });
      else if (error.signal) resolve({ end: "exited", code: 1, output });
      else resolve({ end: "absent" });
    });
  });
}

/** This machine. */
export const machineSources = (): Sources => ({
  platform: process.platform,
  arch: process.arch,
  env: process.env,
  read: (path) => readFile(path, "utf8").catch(() => null),
  list: (path) => readdir(path).catch(() => []),
  exists: (path) => isAllowed(path, constants.F_OK),
  mayUse: (path) => isAllowed(path, constants.R_OK | constants.W_OK),
  groupOf: (path) =>
    stat(path).then(
      ({ gid }) => gid,
      () => null,
    ),
  run,
});
