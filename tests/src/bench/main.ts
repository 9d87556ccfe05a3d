/**
 * Prints what Pavlov needs for its work, beside a peer that does the same in the same run:
 * `npm run bench [-- --only engine|training|seeds] [--json]`. Exits with 1 where a figure misses its bar.
 */
import { parseArgs } from "node:util";
import { benchEngine } from "./engine.js";
import { meetsBar, tableOf, type Measurement } from "./measurement.js";
import { measureSeeds } from "./seeds.js";
import { measureTraining } from "./training.js";
import { explain } from "./usage-error.js";

const measureEngine = async (): Promise<Measurement[]> => {
  const figures = await benchEngine();
  const step = `training step of ${(figures.parameters / 1e6).toFixed(2)} M parameters, ${figures.tokens} tokens`;
  return [
    { name: `${step}: compiled`, value: figures.compiledMilliseconds, unit: "ms", atMost: 120 },
    { name: `${step}: tfjs wasm`, value: figures.wasmMilliseconds, unit: "ms" },
    { name: "compiled against tfjs wasm", value: figures.ratio, unit: "times as fast", atLeast: 25 },
    { name: "compiled step", value: figures.gigaflops, unit: "GFLOP/s" },
    { name: "recording and compiling", value: figures.compilingMilliseconds, unit: "ms" },
    { name: "difference of the two losses", value: figures.lossDifference, unit: "nats", atMost: 1e-4 },
  ];
};

/** Each benchmark, by name. One line registers another. They run one after another: they share the cores. */
const benchmarks: Readonly<Record<string, () => Promise<Measurement[]>>> = {
  engine: measureEngine,
  training: measureTraining,
  seeds: () => measureSeeds(),
};

/** Those that take so long that they run only where `--only` names them. */
const long: ReadonlySet<string> = new Set(["seeds"]);

const main = async (): Promise<number> => {
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false }, only: { type: "string" } } });
  if (values.only !== undefined && !Object.hasOwn(benchmarks, values.only)) {
    console.error(`error: there is no benchmark "${values.only}"; there are ${Object.keys(benchmarks).join(", ")}.`);
    return 2;
  }
  const measurements: Measurement[] = [];
  for (const [name, measure] of Object.entries(benchmarks)) {
    if (values.only === undefined ? long.has(name) : values.only !== name) continue;
    if (!values.json) console.error(`measuring: ${name}`);
    measurements.push(...(await measure()));
  }
  console.log(values.json ? JSON.stringify(measurements, null, 2) : tableOf(measurements));
  return measurements.every((each) => meetsBar(each) !== false) ? 0 : 1;
};

process.exitCode = await main().catch((error: unknown) =>
  explain(error, "usage: npm run bench [-- --only engine|training|seeds] [--json]"),
);
