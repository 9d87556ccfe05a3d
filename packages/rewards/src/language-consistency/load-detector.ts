// Loads eld's detector with its small tables: reads them as data, since importing them as a program takes 150 MB.
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { readEldTables } from "./eld-tables.js";
import type { Detector } from "./language.js";
import { createLeanDetector, type EldParts } from "./lean-detector.js";

const partsSchema: z.ZodType<EldParts> = z.object({
  separators: z.instanceof(RegExp),
  dictionary: z.array(z.string()).length(256),
  avgScore: z.record(z.string(), z.number()),
});

/** The detector, where the installed version of eld keeps its files as 2.1 does. */
export async function loadLeanDetector(): Promise<Detector | undefined> {
  const entry = import.meta.resolve("eld/small");
  const tables = readEldTables(await readFile(new URL("../ngrams/small.js", entry), "utf8"));
  if (tables === undefined) return undefined;
  const files = ["regexPatterns.js", "dictionary.js", "avgScore.js"];
  const modules: object[] = await Promise.all(
    files.map((file) => import(/* @vite-ignore */ new URL(`../${file}`, entry).href)),
  );
  return createLeanDetector(tables, partsSchema.parse(Object.assign({}, ...modules)));
}

/** eld's own detector, with all of its tables in memory as it keeps them. */
export async function loadWholeDetector(): Promise<Detector> {
  const { eld } = await import("eld/small");
  return {
    info: () => eld.info(),
    detect(text) {
      const verdict = eld.detect(text);
      return {
        language: verdict.language,
        scoreOf: (code) => verdict.getScores()[code] ?? 0,
        isReliable: () => verdict.isReliable(),
      };
    },
  };
}

let detector: Promise<Detector> | undefined;

async function load(): Promise<Detector> {
  // Another version of eld is used as it is.
  return (await loadLeanDetector().catch(() => undefined)) ?? loadWholeDetector();
}

/** The detector, loaded once: its tables take a fifth of a second and 10 MB. */
export const loadDetector = (): Promise<Detector> => (detector ??= load());
