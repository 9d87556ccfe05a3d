/** The command line as commander sees it: the program, its commands, and how each tells about itself. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { exitCodes } from "./exit-codes.js";

const footer = `
Examples:
  $ pavlov train pavlov.config.yaml
  $ pavlov train pavlov.config.yaml --set train.learningRate=1e-5 --output runs/slower
  $ pavlov score pavlov.config.yaml --completions completions.jsonl

Exit codes:
  ${exitCodes.ok}    all went well
  ${exitCodes.error}    something is wrong with the config, the data, the model or the rewards; the message says what
       or an audit found an exploit, or a fixture failed
  ${exitCodes.usage}    the command line itself was not understood
  ${exitCodes.interrupted}  stopped by Ctrl-C (${exitCodes.terminated}: by SIGTERM); what was trained so far is saved

"pavlov <command> --help" tells more about a command.`;

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return (manifest as { version: string }).version;
}

/** The commands, in the order of the help. Each is loaded when it is called. */
const commands: Readonly<Record<string, () => Promise<() => Command>>> = {
  init: () => import("./commands/init.js").then(({ initCommand }) => initCommand),
  train: () => import("./commands/train.js").then(({ trainCommand }) => trainCommand),
  sft: () => import("./commands/sft.js").then(({ sftCommand }) => sftCommand),
  eval: () => import("./commands/eval.js").then(({ evalCommand }) => evalCommand),
  generate: () => import("./commands/generate.js").then(({ generateCommand }) => generateCommand),
  merge: () => import("./commands/merge.js").then(({ mergeCommand }) => mergeCommand),
  score: () => import("./commands/score.js").then(({ scoreCommand }) => scoreCommand),
  test: () => import("./commands/test.js").then(({ testCommand }) => testCommand),
  audit: () => import("./commands/audit.js").then(({ auditCommand }) => auditCommand),
  config: () => import("./commands/config.js").then(({ configCommand }) => configCommand),
  lock: () => import("./commands/lock.js").then(({ lockCommand }) => lockCommand),
  plugin: () => import("./commands/plugin.js").then(({ pluginCommand }) => pluginCommand),
  list: () => import("./commands/list.js").then(({ listCommand }) => listCommand),
  info: () => import("./commands/info.js").then(({ infoCommand }) => infoCommand),
  search: () => import("./commands/search.js").then(({ searchCommand }) => searchCommand),
  schema: () => import("./commands/schema.js").then(({ schemaCommand }) => schemaCommand),
  gpu: () => import("./commands/gpu.js").then(({ gpuCommand }) => gpuCommand),
  bench: () => import("./commands/bench.js").then(({ benchCommand }) => benchCommand),
  doctor: () => import("./commands/doctor.js").then(({ doctorCommand }) => doctorCommand),
};

/**
 * A new program; parsing throws commander's error instead of ending the process.
 *
 * @param called the first argument: where it names a command, no other one is loaded
 */
export async function buildProgram(called?: string): Promise<Command> {
  const program = new Command("pavlov")
    .description("Train a language model on rewards written in TypeScript.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .addHelpText("after", footer)
    .showSuggestionAfterError(true)
    .exitOverride();
  const own = called !== undefined && Object.hasOwn(commands, called) ? commands[called] : undefined;
  const loaders = own === undefined ? Object.values(commands) : [own];
  for (const command of await Promise.all(loaders.map((load) => load()))) {
    const added = command().copyInheritedSettings(program).helpOption("-h, --help", "print this help");
    program.addCommand(added);
    for (const inner of added.commands) inner.copyInheritedSettings(added).helpOption("-h, --help", "print this help");
  }
  return program;
}
