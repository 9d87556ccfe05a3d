/** Finds a C++ compiler, and runs it. */
import { spawn } from "node:child_process";
import { PavlovError } from "@pavlov/core";

/** Compilers in the order in which they are tried; `CXX` names another. */
const known = ["c++", "g++", "clang++"];

/** What a program printed on both streams, and how it ended. */
export interface ProgramResult {
  /** Null where the program could not be started, or was ended by a signal. */
  readonly code: number | null;
  readonly output: string;
  /** Why it could not be started. */
  readonly failure: NodeJS.ErrnoException | null;
}

/** Runs a program to its end. */
export function runProgram(
  program: string,
  args: readonly string[],
  { cwd, signal, env }: { readonly cwd?: string; readonly signal?: AbortSignal; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      ...(cwd === undefined ? {} : { cwd }),
      ...(signal === undefined ? {} : { signal }),
      ...(env === undefined ? {} : { env }),
    });
    const collect = (text: string): void => void (output += text);
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    child.on("error", (failure) => resolve({ code: null, output, failure }));
    child.on("close", (code) => resolve({ code, output, failure: null }));
  });
}

/**
 * The compiler that `CXX` names, else the first that works.
 *
 * @throws PavlovError where none does.
 */
export async function findCompiler(named = process.env["CXX"] ?? ""): Promise<string> {
  for (const compiler of named === "" ? known : [named]) {
    if ((await runProgram(compiler, ["--version"])).code === 0) return compiler;
  }
  throw new PavlovError(
    named === ""
      ? "There is no C++ compiler here: neither c++, g++ nor clang++ runs."
      : `CXX is ${named}, which does not run.`,
    {
      hint:
        named === ""
          ? "Install one (Debian and Ubuntu: apt install g++; Fedora: dnf install gcc-c++), or name it by CXX."
          : "Let CXX name a C++ compiler without arguments, such as g++, or unset it.",
    },
  );
}
