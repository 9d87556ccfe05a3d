/**
 * Kills a training with SIGKILL at random moments, resumes it each time, and checks that it ends with the metrics,
 * completions and weights of one left alone, bit for bit:
 * `npm run resume-check [-- --kills 20] [--config FILE] [--seed 1] [--keep]`. Exits with 1 where anything differs.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { killAndResume } from "./kill-and-resume.js";

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      kills: { type: "string", default: "20" },
      seed: { type: "string", default: "1" },
      config: { type: "string" },
      keep: { type: "boolean", default: false },
    },
  });
  const folder = await mkdtemp(join(tmpdir(), "pavlov-resume-"));
  const { lives, comparisons } = await killAndResume({
    folder,
    kills: Number(values.kills),
    seed: Number(values.seed),
    ...(values.config === undefined ? {} : { config: resolve(values.config) }),
    say: (line) => console.log(line),
  });
  const kills = lives.filter(({ killed }) => killed).length;
  const differences = comparisons.flatMap((comparison) => comparison.differences);
  const verdict = differences.length === 0 ? "bit for bit the same" : `${differences.length} differences`;
  console.log(`${kills} kills, ${comparisons.length} runs compared: ${verdict}.`);
  if (values.keep || differences.length > 0) console.log(`The runs are in ${folder}.`);
  else await rm(folder, { recursive: true });
  return differences.length === 0 ? 0 : 1;
};

process.exitCode = await main();
