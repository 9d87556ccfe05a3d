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

/** Runs a Node.js program in the repository's folder. */
export const runNode = (script: string, ...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const environment = { ...process.env, NO_COLOR: "1" };
    execFile(process.execPath, [script, ...args], { cwd: repository, env: environment }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      resolve({ exitCode: typeof code === "number" ? code : -1, stdout, stderr });
    });
  });

export const runPavlov = (...args: readonly string[]): Promise<Ended> => runNode("packages/cli/bin/pavlov.js", ...args);
