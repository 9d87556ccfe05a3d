// Writes an adapter in PEFT's layout, as `PeftModel.save_pretrained` and transformers' Trainer do: settings, weights, a
// model card, and the base model's tokenizer beside them.
import { copyFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "../config.js";
import type { Parameters } from "../parameters.js";
import { storedBytes, writeSafetensors } from "../safetensors-write.js";
import { saveInPlace } from "../save-in-place.js";
import { copyTokenizer, writeJson } from "../save.js";
import { peftPrefix } from "./load-adapter.js";
import { peftFiles } from "./peft-config.js";

/** What {@link saveAdapter} writes. */
export interface SaveAdapterOptions {
  /** `<projection>.lora_A.weight` and `.lora_B.weight`. */
  readonly parameters: Parameters;
  /** adapter_config.json; see `peftConfigJson`. */
  readonly configJson: JsonObject;
  /** The folder whose tokenizer files are copied. */
  readonly tokenizer: string;
  /** The folder of the adapter that this one was trained from: its README.md is kept. */
  readonly source: string | null;
}

/**
 * Saves an adapter so that PEFT loads it as it is. As with `saveModel`, a process killed at any moment leaves the old
 * folder or the new one. Throws a PavlovError where the disk is full or the place is not writable.
 */
export async function saveAdapter(folder: string, options: SaveAdapterOptions): Promise<void> {
  const { parameters, configJson, tokenizer, source } = options;
  const stored = Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [`${peftPrefix}${name}`, parameter]),
  );
  await saveInPlace(folder, storedBytes(stored, "F32"), async (temporary) => {
    await writeJson(join(temporary, peftFiles.config), configJson);
    await copyTokenizer(tokenizer, temporary);
    await writeModelCard(join(temporary, "README.md"), configJson, source);
    await writeSafetensors(join(temporary, peftFiles.weights), stored);
  });
}

/** The card of the adapter that was trained on, or one like PEFT's with the facts that are known. */
async function writeModelCard(path: string, configJson: JsonObject, source: string | null): Promise<void> {
  if (source !== null && (await exists(join(source, "README.md")))) {
    await copyFile(join(source, "README.md"), path);
    return;
  }
  const base = String(configJson["base_model_name_or_path"]);
  const card = [
    "---",
    `base_model: ${JSON.stringify(base)}`,
    "library_name: peft",
    "pipeline_tag: text-generation",
    "tags:",
    "  - lora",
    "  - pavlov",
    "---",
    "",
    `A LoRA adapter of rank ${String(configJson["r"])} for ${base}.`,
    "",
  ];
  await writeFile(path, card.join("\n"), { flush: true });
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
