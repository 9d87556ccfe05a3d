// Holds the quickstart's result.json against what the README promises: the model starts bad and ends good.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Rates of held-out completions that are right and in the format. One seed; the README's averages are over five. */
const bars = [
  { when: "before", how: "sampled", most: 0.45 },
  { when: "after", how: "sampled", least: 0.92 },
  { when: "after", how: "greedy", least: 0.96 },
];

/**
 * One line for each bar, with whether it is met. A rate that is missing meets no bar.
 * @param {unknown} result what result.json holds
 */
export function checkBars(result) {
  return bars.map(({ when, how, most = 1, least = 0 }) => {
    const rate = result?.[when]?.[how];
    const met = typeof rate === "number" && rate >= least && rate <= most;
    const bar = most < 1 ? `at most ${percent(most)}` : `at least ${percent(least)}`;
    const measured = typeof rate === "number" ? percent(rate) : "not measured";
    return { met, line: `${met ? "met   " : "MISSED"}  ${when}, ${how}: ${measured} (${bar})` };
  });
}

const percent = (rate) => `${(100 * rate).toFixed(1)} %`;

/** @param {string | undefined} file */
function main(file) {
  if (file === undefined) throw new Error("Usage: node scripts/ci/quickstart-bar.mjs <run folder>/result.json");
  const result = JSON.parse(readFileSync(file, "utf8"));
  const checks = checkBars(result);
  for (const { line } of checks) console.log(line);
  if (typeof result.trainSeconds === "number") console.log(`${result.trainSeconds.toFixed(1)} s of training`);
  process.exitCode = checks.every(({ met }) => met) ? 0 : 1;
}

const script = process.argv[1];
if (script !== undefined && resolve(script) === fileURLToPath(import.meta.url)) main(process.argv[2]);
