/** The entry of the `pavlov` command. */
import { runProgram } from "./run-program.js";

/** `pavlov train --help | head`: help is written before a command has opened its screen, which would see to it. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

await runProgram(process.argv);
