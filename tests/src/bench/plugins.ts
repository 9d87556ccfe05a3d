/**
 * Prints what plugins cost those who write and install them: `npm run bench:plugins [-- --only install|import|listing]
 * [--json]`. Exits with 1 where a figure misses its bar. Installing asks the registry that npm is configured for.
 */
import { parseArgs } from "node:util";
import { measureInstall } from "./install-size.js";
import { measureImport } from "./import-time.js";
import { measureListing } from "./listing.js";
import { meetsBar, tableOf, type Measurement } from "./measurement.js";
import { explain, UsageError } from "./usage-error.js";

/** Each benchmark, by name. One line registers another. */
const benchmarks: Readonly<Record<string, () => Promise<Measurement[]>>> = {
  import: measureImport,
  install: measureInstall,
  listing: measureListing,
};

const names = Object.keys(benchmarks);

const main = async (): Promise<number> => {
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
};

process.exitCode = await main().catch((error: unknown) =>
  explain(error, `usage: npm run bench:plugins [-- --only ${names.join("|")}] [--json]`),
);
