/** The entry of the `pavlov` command. */
import { runProgram } from "./run-program.js";

await runProgram(process.argv);
