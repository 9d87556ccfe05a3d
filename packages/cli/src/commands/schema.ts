/** `pavlov schema`: writes the JSON Schema by which editors complete and check a config, installed plugins included. */
import { Command } from "commander";
import { commonOptions, invoke, type CommonOptions, type Invocation } from "../invocation.js";

type Options = CommonOptions & { readonly output?: string };

const help = `
The schema knows the built-in rewards and those of the plugins that are installed, with their params and columns. None
of a plugin's code is run. Editors with the YAML language server (in VS Code the extension "YAML") use it where a
config begins with this line:
  # yaml-language-server: $schema=.pavlov/config.schema.json

Examples:
  $ pavlov schema
  $ pavlov schema --output schemas/pavlov.json
  $ pavlov schema --output - | less`;

/** The command, for the program. */
export function schemaCommand(): Command {
  const command = new Command("schema")
    .description("write a JSON Schema of the config for editors, with the params and columns of installed rewards")
    .option("--output <file>", "the file; - for standard output (default: .pavlov/config.schema.json)");
  return commonOptions(command, "print what was written as one JSON object")
    .addHelpText("after", help)
    .action(async (options: Options) => {
      await invoke(options, (invocation) => schema(options, invocation));
    });
}

async function schema({ output }: Options, { screen, loudness }: Invocation): Promise<void> {
  const { resolve } = await import("node:path");
  const { folderSchema, schemaPath, writeSchema } = await import("../editor-schema/write-schema.js");
  const { shownPath } = await import("../terminal/sections.js");
  const { formatProblem } = await import("@pavlov/core/plugins");
  const { printable } = await import("../terminal/text.js");

  const made = await folderSchema(process.cwd());
  const { problems, rewards, plugins, withTraining } = made;
  const warnings = [...problems.map(formatProblem), ...made.warnings].map(printable);
  if (loudness !== "json") {
    for (const warning of warnings) screen.complain(`${screen.errorColors.yellow("warning:")} ${warning}`);
  }
  if (output === "-") {
    screen.print(JSON.stringify(made.schema, null, 2));
    return;
  }
  const file = resolve(output ?? schemaPath);
  await writeSchema(file, made.schema);
  if (loudness === "json") screen.print(JSON.stringify({ file, rewards, plugins, withTraining, problems, warnings }));
  if (loudness !== "normal") return;
  const from = plugins === 0 ? "built in" : `built in and of ${plugins} ${plugins === 1 ? "plugin" : "plugins"}`;
  screen.print(`Wrote ${shownPath(file)}: ${rewards} rewards, ${from}.`);
  if (!withTraining) screen.print("Options of training are not checked: @pavlov/trainer is not installed.");
  screen.print(screen.colors.dim(`First line of a config: # yaml-language-server: $schema=${shownPath(file)}`));
}
