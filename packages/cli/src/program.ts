/** The command line as commander sees it: the program, its commands, and how each tells about itself. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { auditCommand } from "./commands/audit.js";
import { benchCommand } from "./commands/bench.js";
import { configCommand } from "./commands/config.js";
import { evalCommand } from "./commands/eval.js";
import { generateCommand } from "./commands/generate.js";
import { infoCommand } from "./commands/info.js";
import { initCommand } from "./commands/init.js";
import { listCommand } from "./commands/list.js";
import { lockCommand } from "./commands/lock.js";
import { mergeCommand } from "./commands/merge.js";
import { pluginCommand } from "./commands/plugin.js";
import { schemaCommand } from "./commands/schema.js";
import { scoreCommand } from "./commands/score.js";
import { searchCommand } from "./commands/search.js";
import { sftCommand } from "./commands/sft.js";
import { testCommand } from "./commands/test.js";
import { trainCommand } from "./commands/train.js";
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

/** A new program; parsing throws commander's error instead of ending the process. */
export function buildProgram(): Command {
  const program = new Command("pavlov")
    .description("Train a language model on rewards written in TypeScript.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .addHelpText("after", footer)
    .showSuggestionAfterError(true)
    .exitOverride();
  const commands = [
    initCommand,
    trainCommand,
    sftCommand,
    evalCommand,
    generateCommand,
    mergeCommand,
    scoreCommand,
    testCommand,
    auditCommand,
    configCommand,
    lockCommand,
    pluginCommand,
    listCommand,
    infoCommand,
    searchCommand,
    schemaCommand,
    benchCommand,
  ];
  for (const command of commands) {
    const added = command().copyInheritedSettings(program).helpOption("-h, --help", "print this help");
    program.addCommand(added);
    for (const inner of added.commands) inner.copyInheritedSettings(added).helpOption("-h, --help", "print this help");
  }
  return program;
}
