/**
 * Prints what plugins cost those who write and install them: `npm run bench:plugins [-- --only install|import|listing]
 * [--json]`. Exits with 1 where a figure misses its bar. Installing asks the registry that npm is configured for.
 */
import { measureInstall } from "./install-size.js";
import { measureImport } from "./import-time.js";
import { measureListing } from "./listing.js";
import { runBenchmarks } from "./run-benchmarks.js";

// One line registers another.
process.exitCode = await runBenchmarks("bench:plugins", {
  import: measureImport,
  install: measureInstall,
  listing: measureListing,
});
