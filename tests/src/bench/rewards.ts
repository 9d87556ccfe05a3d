/**
 * Prints what scoring costs: `npm run bench:rewards [-- --only scoring|hostile|isolation] [--json]`. Exits with 1 where
 * a figure misses its bar.
 */
import { measureHostile } from "./hostile.js";
import { measureIsolation } from "./isolation.js";
import { runBenchmarks } from "./run-benchmarks.js";
import { measureScoring } from "./scoring.js";

// One line registers another.
process.exitCode = await runBenchmarks("bench:rewards", {
  scoring: measureScoring,
  hostile: measureHostile,
  isolation: measureIsolation,
});
