/** `pavlov init`: a new training project whose commands run as they stand. Nothing is overwritten. */
import { Command } from "commander";
import { commonOptions, invoke, type CommonOptions, type Invocation } from "../invocation.js";

type Options = CommonOptions & { readonly model?: string; readonly yes?: boolean };

const help = `
The project has a config, a reward of your own with its fixtures, rows to train and to measure on, and a JSON Schema by
which editors complete the config. A package.json that is there already stays as it is.

Examples:
  $ pavlov init my-model
  $ pavlov init my-model --model ./models/tiny
  $ pavlov init . --yes`;

/** The command, for the program. */
export function initCommand(): Command {
  const command = new Command("init")
    .description("make a training project: config, a reward with fixtures, data")
    .argument("[folder]", "where; it is made where it does not exist", ".")
    .option("--model <folder or id>", "the model to train (default: HuggingFaceTB/SmolLM2-135M-Instruct)")
    .option("--yes", "ask nothing");
  return commonOptions(command, "print what was made as one JSON object")
    .addHelpText("after", help)
    .action(async (folder: string, options: Options) => {
      await invoke(options, (invocation) => init(folder, options, invocation), { stopsAtOnce: true });
    });
}

async function init(folder: string, options: Options, { screen, loudness }: Invocation): Promise<void> {
  const { createTrainingProject, defaultModel } = await import("../scaffold/training-project.js");
  const { shownPath } = await import("../terminal/sections.js");

  const asks =
    options.model === undefined && !options.yes && loudness === "normal" && process.stdin.isTTY && screen.isLive;
  const model = options.model ?? (asks ? await askModel(defaultModel) : defaultModel);
  const made = await createTrainingProject(folder, model);
  const steps = nextSteps(shownPath(made.folder), made.kept.includes("package.json"));
  if (loudness === "json") screen.print(JSON.stringify({ ...made, next: steps.map(([command]) => command) }));
  if (loudness !== "normal") return;
  screen.print(`Made a training project in ${shownPath(made.folder)}: ${made.files.length} files, model ${model}.`);
  if (made.kept.length > 0) screen.print(`Left as they were: ${made.kept.join(", ")}.`);
  screen.print();
  screen.print("Next:");
  const longest = Math.max(...steps.map(([command]) => command.length));
  for (const [command, about] of steps) {
    screen.print(`  ${command.padEnd(longest)}  ${screen.colors.dim(about)}`.trimEnd());
  }
}

/** Asks on the terminal; an empty line takes what is offered. */
async function askModel(offered: string): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await lines.question(`Which model is trained? A folder, or an id of the hub [${offered}] `);
    return answer.trim() || offered;
  } finally {
    lines.close();
  }
}

/** Commands, each with what it is for. */
function nextSteps(folder: string, hasPackageFile: boolean): readonly (readonly [string, string])[] {
  const enter: (readonly [string, string])[] =
    folder === "." ? [] : [[`cd ${/^[\w./\\@:-]+$/.test(folder) ? folder : `"${folder}"`}`, ""]];
  const install = hasPackageFile ? "npm install pavlov @pavlov/trainer @pavlov/core zod" : "npm install";
  return [
    ...enter,
    [install, ""],
    ["npx pavlov test", "the fixtures of your reward"],
    ["npx pavlov score --completions data/completions.jsonl", "what the rewards say, without a model"],
    ["npx pavlov train", "train, and measure before and after"],
  ];
}
