/** `pavlov doctor`: what training needs, what is here of it, and what to do about the rest. */
import { readFile } from "node:fs/promises";
import { Command } from "commander";
import type { Check, Examination } from "@pavlov/trainer/doctor";
import { exitCodes } from "../exit-codes.js";
import { commonOptions, invoke, type CommonOptions, type Invocation } from "../invocation.js";
import { hasTrainer } from "../trainer.js";

const help = `
It looks at Node.js, the packages, the machine, the engines with what they compute a second, the GPUs with their drivers,
and the cache of models. Nothing is changed, and no network is asked. The report names neither you nor your machine, nor
does it hold a token: attach it to a report of a bug.

Examples:
  $ pavlov doctor
  $ pavlov doctor --json > doctor.json

Exit codes:
  0    models can be trained here, on the CPU at least
  1    they cannot; the last line says why`;

/** The command, for the program. */
export function doctorCommand(): Command {
  const command = new Command("doctor").description(
    "say whether training works here, on which device, and what is missing",
  );
  return commonOptions(command, "print the report as one JSON object")
    .addHelpText("after", help)
    .action(async (options: CommonOptions) => {
      await invoke(options, doctor, { stopsAtOnce: true });
    });
}

/** What the report is made of. */
type Report = Pick<Examination, "checks" | "trains" | "summary"> & { readonly auto: Examination["auto"] | null };

async function doctor({ screen, loudness }: Invocation): Promise<number> {
  const { anonymous, thisPerson } = await import("../doctor/anonymous.js");
  const { doctorLines } = await import("../terminal/doctor.js");
  const { fill } = await import("../terminal/text.js");
  const manifest: unknown = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
  const { version, engines } = manifest as { readonly version: string; readonly engines: { readonly node: string } };
  const show = (what: string): void => {
    if (loudness === "normal") screen.live(() => screen.colors.dim(`${what}…`));
  };
  const named = await examine(version, engines.node, show);
  screen.settle();
  const { checks, trains, summary, auto } = anonymousReport(named, anonymous(thisPerson()));
  const time = new Date().toISOString();
  if (loudness === "json") screen.print(JSON.stringify({ pavlov: version, time, trains, summary, checks, auto }));
  else {
    for (const line of doctorLines(checks, screen.width(), screen.colors, loudness === "quiet")) screen.print(line);
    if (loudness === "normal") screen.print();
    for (const line of fill(summary, screen.width())) screen.print(screen.colors.bold(line));
  }
  return trains ? exitCodes.ok : exitCodes.error;
}

/** The report with every text that was found, rather than written by us, made anonymous. */
function anonymousReport({ checks, trains, summary, auto }: Report, hide: (text: string) => string): Report {
  return {
    checks: checks.map((one) => ({
      ...one,
      detail: hide(one.detail),
      ...(one.fix !== undefined && { fix: hide(one.fix) }),
    })),
    trains,
    summary: hide(summary),
    auto: auto && { ...auto, skipped: auto.skipped.map((one) => ({ ...one, reason: hide(one.reason) })) },
  };
}

async function examine(version: string, range: string, onProgress: (what: string) => void): Promise<Report> {
  const { installationChecks } = await import("../doctor/installation.js");
  const own = await installationChecks(version, range);
  const [pavlov, system] = [own.filter(({ section }) => section === "Pavlov"), own.filter(isOfMachine)];
  if (!hasTrainer()) {
    const summary = "Training does not run here: @pavlov/trainer is not installed. Rewards work without it.";
    return { checks: own, trains: false, summary, auto: null };
  }
  const { examineMachine } = await import("@pavlov/trainer/doctor");
  const { checks, trains, summary, auto } = await examineMachine({ onProgress });
  const all = [...pavlov, ...system, ...checks];
  const node = own.find(({ id }) => id === "node");
  if (node === undefined || node.status === "ok") return { checks: all, trains, summary, auto };
  return { checks: all, trains: false, summary: `Training does not run here: Node.js ${node.detail}.`, auto };
}

const isOfMachine = ({ section }: Check): boolean => section === "Machine";
