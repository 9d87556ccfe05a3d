/** What a run took from the hub, as its `config.json` says: a run that goes on takes the same commits again. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { HubSources } from "../hub/sources.js";
import { checkpointPlace } from "./checkpoint-search.js";
import type { ResumeOptions } from "./resume.js";

const recordSchema = z.object({
  hub: z.record(
    z.string(),
    z.object({ id: z.string(), revision: z.string(), commit: z.string().regex(/^[0-9a-f]{40}$/) }).catchall(z.string()),
  ),
});

/** The sources of the run that the options take up; none for a new run, or where its record is not there. */
export const recordedSources = async ({
  resumeFrom = false,
  output,
}: Pick<ResumeOptions, "resumeFrom" | "output">): Promise<HubSources> => {
  const from = resumeFrom === true ? output : resumeFrom;
  if (from === undefined || from === false) return {};
  const { runFolder } = await checkpointPlace(from);
  try {
    return recordSchema.parse(JSON.parse(await readFile(join(runFolder, "config.json"), "utf8"))).hub;
  } catch {
    return {};
  }
};
