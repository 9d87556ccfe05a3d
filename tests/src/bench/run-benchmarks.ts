/** Runs benchmarks by name and prints what they measured: the program around a table of them. */
import { parseArgs } from "node:util";
import { meetsBar, tableOf, type Measurement } from "./measurement.js";
import { explain, UsageError } from "./usage-error.js";

/** Each benchmark, by the name that `--only` takes. */
export type Benchmarks = Readonly<Record<string, () => Promise<Measurement[]>>>;

/**
 * Takes the process's arguments, `[--only NAME] [--json]`, runs one benchmark or all and prints the figures.
 *
 * @param command what the usage calls the program: `bench:rewards`
 * @returns the exit code: 1 where a figure misses its bar or a benchmark fails, 2 for arguments that are none
 */
export async function runBenchmarks(command: string, benchmarks: Benchmarks): Promise<number> {
  const names = Object.keys(benchmarks);
  try {
    const { values } = parseArgs({ options: { json: { type: "boolean", default: false }, only: { type: "string" } } });
    if (values.only !== undefined && !names.includes(values.only)) {
      throw new UsageError(`there is no benchmark "${values.only}"; there are ${names.join(", ")}.`);
    }
    const measurements: Measurement[] = [];
    for (const [name, measure] of Object.entries(benchmarks)) {
      if (values.only !== undefined && values.only !== name) continue;
      if (!values.json) console.error(`measuring: ${name}`);
      measurements.push(...(await measure()));
    }
    console.log(values.json ? JSON.stringify(measurements, null, 2) : tableOf(measurements));
    return measurements.every((each) => meetsBar(each) !== false) ? 0 : 1;
  } catch (error) {
    return explain(error, `usage: npm run ${command} [-- --only ${names.join("|")}] [--json]`);
  }
}
