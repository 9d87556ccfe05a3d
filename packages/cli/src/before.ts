/** How the untrained model measured up, kept in the run's folder for a run that is taken up again. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "@pavlov/trainer";
import type { Measurement } from "./measure.js";

const FILE = "before.json";

/** Keeps a measurement in a run's folder. */
export const saveBefore = (folder: string, measurement: Measurement): Promise<void> =>
  writeAtomically(join(folder, FILE), `${JSON.stringify(measurement)}\n`);

/** The measurement that a run's folder keeps; undefined where there is none. */
export async function readBefore(folder: string): Promise<Measurement | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, FILE), "utf8")) as Measurement;
  } catch {
    return undefined;
  }
}
