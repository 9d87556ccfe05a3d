/** `pavlov audit`: whether the rewards of a config pay for completions that deserve nothing. No model is needed. */
import { readFile } from "node:fs/promises";
import type { AttackKind } from "@pavlov/core";
import { Command } from "commander";
import { exitCodes } from "../exit-codes.js";
import {
  cacheOptions,
  collect,
  commonOptions,
  hubOptions,
  invoke,
  numberAtLeast,
  type CommonOptions,
  type Invocation,
} from "../invocation.js";
import type { ConfigOptions } from "../load-run.js";

type Options = CommonOptions &
  ConfigOptions & {
    readonly rows?: number;
    readonly honest?: string;
    readonly threshold?: number;
    readonly except?: readonly string[];
  };

const help = `
Attacks are completions such as empty ones, all answers listed, several answers at once, the prompt copied, filler,
words to a judge. An exploit is a kind of them that earns more than an honest wrong answer: a policy in training finds it
too. Honest completions take the usual form that the rewards pay best; --honest gives another, as a text file in which
{{answer}} stands for that column, and {{thinking}} for some prose.

Examples:
  $ pavlov audit pavlov.config.yaml
  $ pavlov audit pavlov.config.yaml --rows 20 --json > audit.json
  $ pavlov audit pavlov.config.yaml --honest honest.txt --except nothing

Exit codes:
  0    no exploit was found
  1    an exploit was found, or the audit could not be made; the message says which`;

/** The command, for the program. */
export function auditCommand(): Command {
  const command = new Command("audit")
    .description("look for completions that the rewards of a config pay for and should not")
    .argument("[config]", "the config file, or the folder of a pavlov.config.*", ".")
    .option("--rows <count>", "rows of the dataset that are attacked (8; 2 with services)", numberAtLeast(1, true))
    .option("--honest <file>", "how an honest completion looks: text with {{column}} and {{thinking}}")
    .option(
      "--threshold <share>",
      "least share of what being right adds that is reported (0.02)",
      numberAtLeast(0, false),
    )
    .option("--except <kind>", "a kind of attack that may pay; may be given more than once", collect)
    .option("--set <path=value>", "replace a value of the config; may be given more than once", collect);
  return commonOptions(cacheOptions(hubOptions(command)), "print the result as one JSON object")
    .addHelpText("after", help)
    .action(async (path: string, options: Options) => {
      await invoke(options, (invocation) => audit(path, options, invocation));
    });
}

async function audit(path: string, options: Options, invocation: Invocation): Promise<number> {
  const { screen, loudness, signal } = invocation;
  const { columnPlace, openScoringConfig, openRewards, rewardCacheOption } = await import("../load-run.js");
  const { openDataset } = await import("../sources.js");
  const { describeRewards, labelled, shownPath } = await import("../terminal/sections.js");
  const { auditLines, honestEntries } = await import("../terminal/audit.js");
  const { grouped } = await import("../terminal/format.js");
  const { listen } = await import("../terminal/listener.js");
  const { auditRewards, checkDataset } = await import("@pavlov/core");

  const except = await readKinds(options.except ?? []);
  const honest = options.honest === undefined ? undefined : await readTemplate(options.honest);
  const opened = await openScoringConfig(path, options);
  const rewards = await openRewards(opened);
  const { onEvent, settle } = listen(screen, loudness === "json" ? "quiet" : loudness);
  const read = await openDataset(opened, "dataset", options, { ...invocation, onEvent });
  settle();
  const dataset = await checkDataset(read.dataset, rewards, columnPlace(opened));
  const width = screen.width();
  if (loudness === "normal") screen.print(`pavlov audit ${opened.loaded.name}`);
  const { rewardCache: cache } = rewardCacheOption(opened, options);
  const report = await auditRewards(rewards, dataset, {
    seed: opened.config.train.seed,
    signal,
    except,
    log: (name, message) => screen.complain(`${name}: ${message}`),
    onProgress: ({ done, rows, completions }) => {
      if (loudness !== "normal") return;
      screen.live(() =>
        screen.colors.dim(`attacked ${done} of ${rows} rows, ${grouped(completions)} completions scored`),
      );
    },
    ...(cache === undefined ? {} : { cache }),
    ...(honest === undefined ? {} : { honest }),
    ...(options.rows === undefined ? {} : { rows: options.rows }),
    ...(options.threshold === undefined ? {} : { threshold: options.threshold }),
  });
  screen.settle();
  if (loudness === "json") screen.print(JSON.stringify(report));
  else {
    const data = `${grouped(dataset.rows.length)} rows of ${shownPath(dataset.name)}`;
    const header: [string, string][] = [
      ["rewards", describeRewards(rewards)],
      ["data", data],
      ...honestEntries(report),
    ];
    const lines = loudness === "normal" ? labelled(header, width, screen.colors) : [];
    for (const line of [...lines, ...auditLines(report, width, screen.colors)]) screen.print(line);
  }
  return report.exploits.length === 0 ? exitCodes.ok : exitCodes.error;
}

/** @throws PavlovError for a name that is no kind of attack. */
async function readKinds(names: readonly string[]): Promise<readonly AttackKind[]> {
  const { attackKinds, PavlovError, suggestion } = await import("@pavlov/core");
  const kinds = Object.keys(attackKinds);
  return names.map((name) => {
    if (kinds.includes(name)) return name as AttackKind;
    const hint = `There are: ${kinds.join(", ")}.`;
    throw new PavlovError(`--except names "${name}", which is no kind of attack.${suggestion(name, kinds)}`, { hint });
  });
}

/** @throws PavlovError where the file cannot be read. */
async function readTemplate(path: string): Promise<string> {
  const { errorMessage, PavlovError } = await import("@pavlov/core");
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new PavlovError(`Cannot read the honest template ${path}: ${errorMessage(cause)}.`, {
      hint: "It is a text file such as: <think>{{thinking}}</think><answer>{{answer}}</answer>",
      cause,
    });
  }
}
