/** Makes the schema of the config for a folder, and writes it. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorMessage, PavlovError } from "@pavlov/core";
import type { PluginProblem } from "@pavlov/core/plugins";
import { localRewardFiles, openCatalog } from "../catalog/catalog.js";
import { hasTrainer } from "../trainer.js";
import { configJsonSchema, type EditorSchema } from "./config-json-schema.js";

/** Where the schema lies, from the config's folder. */
export const schemaPath = join(".pavlov", "config.schema.json");

export interface FolderSchema extends EditorSchema {
  readonly problems: readonly PluginProblem[];
  /** How many rewards it knows. */
  readonly rewards: number;
  /** How many plugins those are of, the built-in one left out. */
  readonly plugins: number;
  /** False where training options are not in it, since no trainer is installed. */
  readonly withTraining: boolean;
}

/** The schema of a config in a folder, with the plugins that are installed for it. */
export async function folderSchema(folder: string): Promise<FolderSchema> {
  const withTraining = hasTrainer();
  const [{ plugins, problems }, files, config] = await Promise.all([
    openCatalog(folder),
    localRewardFiles(folder),
    withTraining
      ? import("../config-schema.js").then(({ configSchema }) => configSchema)
      : import("../config-parts.js").then(({ scoringSchema }) => scoringSchema),
  ]);
  const rewards = plugins.reduce((sum, { manifest }) => sum + Object.keys(manifest.rewards).length, 0);
  const { schema, warnings } = configJsonSchema(config, plugins, files);
  return { schema, warnings, problems, rewards, plugins: plugins.length - 1, withTraining };
}

/**
 * Writes a schema, whole or not at all.
 *
 * @throws PavlovError where the file cannot be written.
 */
export async function writeSchema(file: string, schema: EditorSchema["schema"]): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.new`, `${JSON.stringify(schema, null, 2)}\n`);
    await rename(`${file}.new`, file);
  } catch (cause) {
    throw new PavlovError(`The schema cannot be written to ${file}: ${errorMessage(cause)}.`, {
      hint: "Name another file: pavlov schema --output <file>; - prints it.",
      cause,
    });
  }
}
