/** The entry of the `pavlov` command: parses the command line, runs one command and sets the exit code. */
import { CommanderError } from "commander";
import { exitCodes } from "./exit-codes.js";
import { buildProgram } from "./program.js";

try {
  const program = await buildProgram(process.argv[2]);
  await program.parseAsync(process.argv);
} catch (error) {
  // Commander has printed its message by now; help and version that were asked for are no mistake.
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
}
