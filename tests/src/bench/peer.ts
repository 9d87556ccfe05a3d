/**
 * Times Pavlov beside TRL on the same work, one after the other and never at once:
 * `npm run bench:peer -- --python <python with TRL> --model <folder> --data <file> [--runs 8,32] [--steps 4]`.
 * Prints figures and ratios with their goals, writes every raw line to a file, exits with 1 where a goal is missed.
 * `--precisions float32,int8` leaves out TRL's bfloat16, a step of which takes minutes on a processor without it.
 */
import { execFile, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { meetsBar, tableOf } from "./measurement.js";
import { compareWithPeer, contestants, type Contestant, type PeerFigures } from "./peer-goals.js";
import { explain, UsageError } from "./usage-error.js";

const inRepository = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Completions of a prompt: TRL's default. */
const GROUP = 8;

const usage =
  "usage: npm run bench:peer -- --python <python with TRL> --model <folder> --data <file> [--runs 8,32] " +
  "[--steps 4] [--new 64] [--rounds 1] [--micro <n>] [--lora <rank>] [--precisions float32,int8,bfloat16] " +
  "[--output runs/bench-peer.json]";

const precisions = [...new Set(contestants.map(({ precision }) => precision))];

const readArguments = () => {
  const { values } = parseArgs({
    options: {
      python: { type: "string", default: "python3" },
      model: { type: "string" },
      data: { type: "string" },
      runs: { type: "string", default: "8,32" },
      steps: { type: "string", default: "4" },
      new: { type: "string", default: "64" },
      rounds: { type: "string", default: "1" },
      micro: { type: "string", default: "0" },
      lora: { type: "string", default: "0" },
      precisions: { type: "string", default: precisions.join() },
      output: { type: "string", default: "runs/bench-peer.json" },
    },
  });
  const { model, data } = values;
  if (model === undefined || data === undefined) throw new UsageError("--model and --data are needed.");
  const runs = values.runs.split(",").map(Number);
  const wrong = runs.find((completions) => !(completions > 0 && completions % GROUP === 0));
  if (wrong !== undefined) throw new UsageError(`--runs ${values.runs}: each must be a multiple of ${GROUP}.`);
  const chosen = values.precisions.split(",");
  const unknown = chosen.find((precision) => !precisions.includes(precision));
  if (unknown !== undefined) throw new UsageError(`--precisions ${unknown}: they are ${precisions.join(", ")}.`);
  const rounds = Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new UsageError(`--rounds ${values.rounds} is no number.`);
  return { ...values, model: resolve(model), data: resolve(data), runs, rounds, precisions: chosen };
};

type Arguments = ReturnType<typeof readArguments>;

/** TRL's version in that Python. */
const peerVersion = async (python: string): Promise<string> => {
  const program = "import datasets, torch, transformers, trl; print(trl.__version__)";
  const found = await promisify(execFile)(python, ["-c", program]).catch((error: Error) => error);
  if (!(found instanceof Error)) return found.stdout.trim();
  const [reason = ""] = found.message.trim().split("\n").slice(-1);
  throw new UsageError(
    `${python} lacks TRL, so there is nothing to compare with (${reason}): pip install trl datasets.`,
  );
};

/** The last line of JSON that a program prints; what it says beside goes to standard error. */
const runForFigures = (command: string, given: readonly string[]): Promise<PeerFigures> =>
  new Promise((succeed, fail) => {
    const child = spawn(command, given, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("error", fail);
    child.on("close", (code) => {
      const line = output.trimEnd().split("\n").at(-1) ?? "";
      if (code === 0 && line.startsWith("{")) succeed(JSON.parse(line) as PeerFigures);
      else fail(new Error(`${[command, ...given].join(" ")} ended with exit code ${code} and no figures.`));
    });
  });

const measure = ({ peer, precision }: Contestant, completions: number, given: Arguments): Promise<PeerFigures> => {
  const { model, data, steps, micro, lora } = given;
  const amount = ["--generations", String(GROUP), "--prompts", String(completions / GROUP), "--new", given.new];
  const work = ["--model", model, "--data", data, ...amount, "--steps", steps, "--micro", micro, "--lora", lora];
  return peer === "trl"
    ? runForFigures(given.python, [inRepository("tests/python/bench_trl.py"), ...work, "--dtype", precision])
    : runForFigures(process.execPath, [
        ...[inRepository("packages/cli/bin/pavlov.js"), "bench", ...work],
        ...["--precision", precision, "--quiet"],
      ]);
};

const main = async (): Promise<number> => {
  const given = readArguments();
  console.error(`TRL ${await peerVersion(given.python)} in ${given.python}`);
  const lines: PeerFigures[] = [];
  await mkdir(dirname(resolve(given.output)), { recursive: true });
  for (const completions of given.runs) {
    for (let round = 1; round <= given.rounds; round += 1) {
      for (const contestant of contestants.filter(({ precision }) => given.precisions.includes(precision))) {
        console.error(
          `measuring: ${contestant.peer} ${contestant.precision}, ${completions} completions, round ${round}`,
        );
        lines.push(await measure(contestant, completions, given));
        // At once: what was measured is kept whatever ends the next.
        await writeFile(given.output, `${JSON.stringify(lines, null, 2)}\n`);
      }
    }
  }
  const measurements = given.runs.flatMap((completions) => compareWithPeer(completions, lines));
  console.log(tableOf(measurements));
  console.log(`Every line is in ${given.output}.`);
  return measurements.every((each) => meetsBar(each) !== false) ? 0 : 1;
};

process.exitCode = await main().catch((error: unknown) => explain(error, usage));
