/**
 * Runs an example through the command line and records its learning curve in the example's folder:
 * `npm run learn -- --model <folder> --data <file> [--example twenty-words|gsm8k] [--heldout <file>] [--set path=value]`.
 * Exits with 1 where the run falls short of what TRL reached with the same work.
 */
import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { TrainEvent } from "@pavlov/trainer";
import {
  curveMeasurements,
  drawCurve,
  meanReward,
  type CurvePoint,
  type LearningCurve,
  type PeerCurve,
} from "./learn-curve.js";

import { meetsBar, tableOf } from "./measurement.js";
import { explain, UsageError } from "./usage-error.js";

const inRepository = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

interface Example {
  readonly folder: string;
  /** TRL 1.16 on two cores. */
  readonly peer?: PeerCurve;
}

/** One line registers another. */
const examples: Readonly<Record<string, Example>> = {
  "twenty-words": {
    folder: "examples/smollm2-twenty-words",
    peer: { firstFive: -0.99, lastTen: -0.367, seconds: 1800 },
  },
  gsm8k: { folder: "examples/smollm2-gsm8k" },
};

/** What the last line of `pavlov train --json` holds. */
interface ResultLine {
  readonly type: "result";
  readonly before?: unknown;
  readonly after?: unknown;
}

const usage =
  "usage: npm run learn -- --model <folder> --data <file> [--example twenty-words|gsm8k] [--heldout <file>] " +
  "[--set path=value] [--output runs/learn] [--record <folder>]";

const readArguments = () => {
  const { values } = parseArgs({
    options: {
      example: { type: "string", default: "twenty-words" },
      model: { type: "string" },
      data: { type: "string" },
      heldout: { type: "string" },
      set: { type: "string", multiple: true, default: [] },
      output: { type: "string", default: "runs/learn" },
      record: { type: "string" },
    },
  });
  const example = Object.hasOwn(examples, values.example) ? examples[values.example] : undefined;
  if (example === undefined) {
    throw new UsageError(`there is no example "${values.example}"; there are ${Object.keys(examples).join(", ")}.`);
  }
  const { model, data, heldout } = values;
  if (model === undefined || data === undefined) throw new UsageError("--model and --data are needed.");
  const sets = [
    `dataset.path=${resolve(data)}`,
    ...(heldout === undefined ? [] : [`evalDataset.path=${resolve(heldout)}`]),
    ...values.set,
  ];
  const record = values.record ?? inRepository(example.folder);
  return { ...values, ...example, name: values.example, model: resolve(model), sets, record };
};

const pointOf = ({ step, metrics }: Extract<TrainEvent, { type: "step" }>): CurvePoint => {
  const means = Object.entries(metrics).flatMap(([key, value]): [string, number | null][] => {
    const name = /^rewards\/(.+)\/mean$/.exec(key)?.[1];
    return name === undefined ? [] : [[name, value]];
  });
  return {
    step,
    reward: metrics["reward"] ?? null,
    rewards: Object.fromEntries(means),
    seconds: metrics["step_time"] ?? 0,
  };
};

/** Trains, and tells of each step on standard error. */
const train = async (
  command: readonly string[],
): Promise<{ readonly points: readonly CurvePoint[]; readonly result: ResultLine | undefined }> => {
  const points: CurvePoint[] = [];
  let result: ResultLine | undefined;
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | null>((succeed, fail) => child.on("error", fail).on("close", succeed));
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as TrainEvent | ResultLine;
    if (event.type === "result") result = event;
    if (event.type !== "step") continue;
    const point = pointOf(event);
    points.push(point);
    const reward = point.reward?.toFixed(3) ?? "none";
    console.error(`step ${event.step}/${event.maxSteps}: reward ${reward}, ${point.seconds.toFixed(1)} s`);
  }
  const code = await ended;
  if (code !== 0) throw new Error(`the training ended with exit code ${code}.`);
  return { points, result };
};

const main = async (): Promise<number> => {
  const { name, folder, peer, model, sets, output, record } = readArguments();
  const started = performance.now();
  const { points, result } = await train([
    ...[inRepository("packages/cli/bin/pavlov.js"), "train", inRepository(`${folder}/pavlov.config.yaml`), "--json"],
    ...["--model", model, "--output", output, ...sets.flatMap((set) => ["--set", set])],
  ]);
  const curve: LearningCurve = {
    example: name,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    threads: availableParallelism(),
    firstFive: meanReward(points.slice(0, 5)),
    lastTen: meanReward(points.slice(-10)),
    seconds: Math.round((performance.now() - started) / 1000),
    ...(result?.before ? { before: result.before } : {}),
    ...(result?.after ? { after: result.after } : {}),
    ...(peer === undefined ? {} : { peer }),
    points,
  };
  await mkdir(record, { recursive: true });
  await writeFile(join(record, "curve.json"), `${JSON.stringify(curve, null, 2)}\n`);
  await writeFile(join(record, "curve.svg"), drawCurve(curve));
  const measurements = curveMeasurements(curve);
  console.log(tableOf(measurements));
  console.log(`The curve is in ${join(record, "curve.json")} and curve.svg.`);
  return measurements.every((each) => meetsBar(each) !== false) ? 0 : 1;
};

process.exitCode = await main().catch((error: unknown) => explain(error, usage));
