import { CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { buildProgram } from "./program.js";

/** What the program prints before it gives up or has helped; its exit code. */
async function run(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = await buildProgram(args[0]);
  let [stdout, stderr] = ["", ""];
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeOut: (text) => (stdout += text), writeErr: (text) => (stderr += text) });
  }
  try {
    await program.parseAsync(["node", "pavlov", ...args]);
  } catch (error) {
    if (error instanceof CommanderError) return { code: error.exitCode, stdout, stderr };
    throw error;
  }
  return { code: 0, stdout, stderr };
}

const commands = ["init", "train", "sft", "eval", "generate", "score", "test", "audit", "config"].concat([
  "list",
  "info",
  "search",
  "schema",
  "doctor",
]);

test("of a command that is called no other is loaded", async () => {
  expect((await buildProgram("list")).commands.map((command) => command.name())).toEqual(["list"]);
  expect((await buildProgram("constructor")).commands.length).toBeGreaterThan(10);
});

describe("help", () => {
  test("of the program lists the commands, examples and exit codes", async () => {
    const { code, stdout } = await run("--help");
    expect(code).toBe(0);
    for (const text of [...commands, "Examples:", "130"]) {
      expect(stdout).toContain(text);
    }
  });
  test.each(commands)("of %s shows an example", async (command) => {
    const { code, stdout } = await run(command, "--help");
    expect(code).toBe(0);
    expect(stdout).toContain(`$ pavlov ${command}`);
    for (const option of ["--json", "--quiet", "--debug", "--no-color"]) expect(stdout).toContain(option);
  });
});

test.each([
  [["trian"], "error: unknown command 'trian'\n(Did you mean train?)\n"],
  [["train", "--outptu", "x"], "error: unknown option '--outptu'\n(Did you mean --output?)\n"],
  [["score"], "error: required option '--completions <file>' not specified\n"],
  [["train", "--seed", "x"], "argument 'x' is invalid. It must be a whole number of at least 0.\n"],
  [["audit", "--rows", "0"], "argument '0' is invalid. It must be a whole number of at least 1.\n"],
  [["train", "--json", "--quiet"], "cannot be used with"],
  [["sft"], "error: missing required argument 'config'"],
])("%j is refused with a hint", async (args, message) => {
  const { code, stdout, stderr } = await run(...args);
  expect(stderr).toContain(message);
  expect(stdout).toBe("");
  expect(code).not.toBe(0);
});
