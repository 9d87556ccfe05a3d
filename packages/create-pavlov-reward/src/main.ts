/** The command: `npm create pavlov-reward [name]`. */
import { parseArgs } from "node:util";
import { CreateError } from "./create-error.js";
import { createPlugin } from "./create-plugin.js";
import { installProblem, nextSteps } from "./next-steps.js";
import { install, packageManager } from "./package-manager.js";

const help = `Usage: npm create pavlov-reward [name] -- [options]

Makes a package with one reward for Pavlov, with fixtures, tests and a workflow that publishes it.

  name          my-reward, @acme/my-reward, or a path; the package is pavlov-reward-my-reward
  -y, --yes     ask nothing: the name is my-reward where none is given
  --no-install  do not install what the package depends on
  -h, --help    print this help`;

const example = "my-reward";

/** What shells take for ended by Ctrl-C. */
const interrupted = 130;

try {
  await main();
} catch (error) {
  if (!CreateError.isInstance(error)) throw error;
  console.error(`error: ${error.message}\nhint:  ${error.hint}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  if (values.help) {
    console.log(help);
    return;
  }
  const [given, ...others] = positionals;
  if (others.length > 0) {
    throw new CreateError(`One name is needed, and ${positionals.length} were given.`, `Write: ${example}`);
  }
  const name = given ?? (values.yes ? example : await askName());
  const created = await createPlugin(name);
  const manager = packageManager();
  const outcome = values["no-install"] ? undefined : await install(created.folder, manager);
  for (const line of nextSteps(created, manager, outcome === "installed")) console.log(line);
  const problem = outcome && installProblem(created, manager, outcome);
  if (problem === undefined) return;
  console.error(`\n${problem}`);
  process.exitCode = outcome === "interrupted" ? interrupted : 1;
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        yes: { type: "boolean", short: "y", default: false },
        "no-install": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (thrown) {
    // Its messages go on about how to pass arguments that begin with a hyphen.
    const [message = ""] = thrown instanceof Error ? thrown.message.split(/\.\s/) : [];
    throw new CreateError(`${message.replace(/\.$/, "")}.`, "npm create pavlov-reward -- --help lists the options.");
  }
}

async function askName(): Promise<string> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new CreateError("The package needs a name.", `Write: npm create pavlov-reward ${example}`);
  }
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(`Name of the reward's package (${example}): `)).trim() || example;
  } finally {
    terminal.close();
  }
}
