/** Runs one command line as the `pavlov` command does: parses it, runs its command and sets the process's exit code. */
import { CommanderError } from "commander";
import { exitCodes } from "./exit-codes.js";
import { buildProgram } from "./program.js";

/**
 * @param line the command line as `process.argv` holds it: the arguments are what follows the first two
 * @throws what no command foresaw
 */
export async function runProgram(line: readonly string[]): Promise<void> {
  try {
    const program = await buildProgram(line[2]);
    await program.parseAsync(line);
  } catch (error) {
    // Commander has printed its message by now; help and version that were asked for are no mistake.
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
}
