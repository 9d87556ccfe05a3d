/**
 * Compares Pavlov with numbers that its peers computed: `npm run parity -- <golden folder> [--model <folder>]
 * [--json]`. Exits with 1 where a check fails.
 */
import { stat } from "node:fs/promises";
import { parseArgs } from "node:util";
import { checkLosses, type ParityCheck } from "./losses.js";
import { checkModels } from "./models.js";
import { checkRewards } from "./rewards.js";
import { checkRuns } from "./runs.js";
import { checkSmolLM2 } from "./smollm2.js";

/** Each part of the parity check, by name. One line registers another. */
const parts: Readonly<Record<string, (goldenFolder: string, model?: string) => Promise<ParityCheck[]>>> = {
  losses: checkLosses,
  rewards: checkRewards,
  models: checkModels,
  smollm2: checkSmolLM2,
  runs: checkRuns,
};

const wordOf = ({ passed, skipped }: ParityCheck): string => (skipped ? "skip" : passed ? "ok  " : "FAIL");

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: "boolean", default: false }, only: { type: "string" }, model: { type: "string" } },
  });
  const [folder] = positionals;
  if (folder === undefined || !(await stat(folder).catch(() => null))?.isDirectory()) {
    console.error(`error: ${folder ?? "no folder"} is not a folder of golden numbers.`);
    console.error(
      "usage: npm run parity -- <golden folder> [--only losses|rewards|models|smollm2|runs] [--model <folder>] [--json]",
    );
    return 2;
  }
  if (values.only !== undefined && !Object.hasOwn(parts, values.only)) {
    console.error(`error: there is no part "${values.only}"; there are ${Object.keys(parts).join(", ")}.`);
    return 2;
  }
  const checks: (ParityCheck & { readonly part: string })[] = [];
  for (const [part, check] of Object.entries(parts)) {
    if (values.only !== undefined && values.only !== part) continue;
    for (const result of await check(folder, values.model)) {
      checks.push({ part, ...result });
      if (!values.json) console.log(`${wordOf(result)} ${part}: ${result.name} — ${result.detail}`);
    }
  }
  const failed = checks.filter(({ passed }) => !passed).length;
  const skipped = checks.filter((check) => check.skipped).length;
  if (values.json) console.log(JSON.stringify(checks, null, 2));
  else {
    const ran = checks.length - skipped;
    const left = skipped === 0 ? "" : `; ${skipped} skipped`;
    console.log(`\n${ran - failed} of ${ran} checks agree${left}.`);
    console.log(`${ran - failed} passed, ${failed} failed`);
  }
  return failed === 0 ? 0 : 1;
};

process.exitCode = await main();
