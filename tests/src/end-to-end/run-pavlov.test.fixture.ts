/** Runs the built `pavlov` command as a user does. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("../../..", import.meta.url));

/** How a process ended. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that takes longer than this many milliseconds hangs. */
const LONGEST = 110_000;

/** Runs a Node.js program in the repository's folder. One that hangs is ended, with exit code -1. */
export const runNode = (script: string, ...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const environment = { ...process.env, NO_COLOR: "1" };
    const options = { cwd: repository, env: environment, timeout: LONGEST };
    execFile(process.execPath, [script, ...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      resolve({ exitCode: typeof code === "number" ? code : -1, stdout, stderr });
    });
  });

export const runPavlov = (...args: readonly string[]): Promise<Ended> => runNode("packages/cli/bin/pavlov.js", ...args);
