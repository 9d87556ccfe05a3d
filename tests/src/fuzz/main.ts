/**
 * Damages small checkpoints at random and loads them: `npm run fuzz -- [--count 1000] [--seed 1] [--only <number>]`.
 * Every load must succeed or be refused in one sentence; prints the outcomes and every kind of sentence. Exits with 1
 * where a load crashed, hung for 10 seconds or took more than 1 GB.
 */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chanceOf } from "./chance.js";
import { writeCheckpoints } from "./checkpoint.js";
import { damage } from "./damage.js";
import { Loader } from "./loader.js";

/** A sentence without what differs from one damage to the next. */
const kindOf = (message: string, folder: string): string =>
  message
    .replaceAll(folder, "FOLDER")
    .replace(/"(?:[^"\\]|\\.)*"/g, '"…"')
    .replace(/-?\d[\d.,]*(?:e[+-]?\d+)?/g, "#")
    .replace(/[^\x20-\x7e`…×–—]+/g, "?")
    .replace(/`[^`]*` is .{0,90}?([;,]) /g, "`FIELD` is VALUE$1 ")
    .slice(0, 160);

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      count: { type: "string", default: "1000" },
      seed: { type: "string", default: "1" },
      only: { type: "string" },
    },
  });
  const [count, seed] = [Number(values.count), Number(values.seed)];
  const root = await mkdtemp(join(tmpdir(), "pavlov-fuzz-"));
  const loader = new Loader();
  const outcomes = new Map<string, number>();
  const sentences = new Map<string, number>();
  try {
    const bases = await writeCheckpoints(root);
    const first = values.only === undefined ? 0 : Number(values.only);
    const last = values.only === undefined ? count : first + 1;
    for (let round = first; round < last; round++) {
      const chance = chanceOf(seed * 1_000_003 + round);
      const folder = join(root, "model");
      await cp(chance.pick(bases), folder, { recursive: true });
      const done = await damage(folder, chance);
      const { kind, message } = await loader.load(folder);
      outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
      if (kind === "refused") {
        const sentence = kindOf(message, folder);
        sentences.set(sentence, (sentences.get(sentence) ?? 0) + 1);
        if (message.includes("\n")) console.log(`note: ${round} is answered in several lines: ${message}`);
      }
      if (kind !== "refused" && kind !== "loaded") console.log(`${kind}: ${round} (${done})\n${message}`);
      if (values.only !== undefined) console.log(`${done}\n${message}`);
      await rm(folder, { recursive: true });
    }
  } finally {
    loader.stop();
    await rm(root, { recursive: true });
  }
  for (const [sentence, times] of [...sentences].toSorted((a, b) => b[1] - a[1])) console.log(`${times}\t${sentence}`);
  const counts = [...outcomes].toSorted((a, b) => b[1] - a[1]).map(([kind, times]) => `${times} ${kind}`);
  const megabytes = Math.round(loader.peakKilobytes / 1000);
  console.log(`\n${counts.join(", ")}; ${sentences.size} kinds of sentences; ${megabytes} MB at most`);
  return [...outcomes.keys()].every((kind) => kind === "refused" || kind === "loaded") ? 0 : 1;
};

process.exitCode = await main();
