// Holds the quickstart's result.json against what the README promises: the model starts bad and ends good.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Rates of held-out completions that are right and in the format. One seed, which may fall a little below the mean of
 * five that `npm run bench -- --only seeds` measures.
 */
const bars = [
  { when: "before", how: "sampled", most: 0.45 },
  { when: "after", how: "sampled", least: 0.92 },
  { when: "after", how: "greedy", least: 0.98 },
];

/** Seconds of training on two quiet cores. */
const TRAIN_SECONDS = 120;

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

/**
 * The training's time beside its bar. It decides nothing: a machine that does other work at the same time is slower.
 * @param {unknown} result what result.json holds
 */
export function timeLine(result) {
  const seconds = result?.trainSeconds;
  if (typeof seconds !== "number") return "noted   training: no time";
  const note = seconds > TRAIN_SECONDS ? "more; not held against it, since machines are noisy" : "within it";
  return `noted   training: ${seconds.toFixed(1)} s (bar ${TRAIN_SECONDS} s: ${note})`;
}

const percent = (rate) => `${(100 * rate).toFixed(1)} %`;

/** @param {string | undefined} file */
function main(file) {
  if (file === undefined) throw new Error("Usage: node scripts/ci/quickstart-bar.mjs <run folder>/result.json");
  const result = JSON.parse(readFileSync(file, "utf8"));
  const checks = checkBars(result);
  for (const { line } of checks) console.log(line);
  console.log(timeLine(result));
  process.exitCode = checks.every(({ met }) => met) ? 0 : 1;
}

const script = process.argv[1];
if (script !== undefined && resolve(script) === fileURLToPath(import.meta.url)) main(process.argv[2]);
