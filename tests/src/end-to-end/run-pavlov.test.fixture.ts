/** Runs the built `pavlov` command as a user does, in a process of its own or in that of the test. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { runHere } from "../../../packages/cli/dist/run-here.test.fixture.js";

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

/** In a process: for what only that shows, and for each command once. */
export const runPavlov = (...args: readonly string[]): Promise<Ended> => runNode("packages/cli/bin/pavlov.js", ...args);

/** In the test's own process, which takes a second of processor time less. Built code all the same. */
export const runPavlovHere = async (...args: readonly string[]): Promise<Ended> => {
  const { code, stdout, stderr } = await runHere(repository, args, { NO_COLOR: "1" });
  return { exitCode: code, stdout, stderr };
};
