// Reads an adapter in PEFT's layout and holds it to the model that it is for.
import { join } from "node:path";
import { readdir } from "node:fs/promises";
import { PavlovError } from "@pavlov/core";
import type { ModelConfig } from "../config.js";
import { linearNames } from "../linear.js";
import type { Parameter } from "../parameters.js";
import { readSafetensors } from "../safetensors.js";
import { adaptedProjections } from "./merge.js";
import { peftFiles, readPeftConfig, type PeftConfig } from "./peft-config.js";
import { adapterShapes, projectionShapes, shortName } from "./target-modules.js";

/** An adapter as its folder describes it, weights in memory. */
export interface LoadedAdapter {
  readonly peft: PeftConfig;
  /** The projections that it adapts, first layer first. */
  readonly projections: readonly string[];
  /** `<projection>.lora_A.weight` [rank, inputs] and `.lora_B.weight` [outputs, rank], first layer first. */
  readonly parameters: Record<string, Parameter>;
}

/** What PEFT puts before a weight's name. */
export const peftPrefix = "base_model.model.";

/**
 * Loads an adapter for a model.
 * @param base the model's name in messages
 * @throws PavlovError where a file is missing or damaged, or the adapter is for another model: it names the weight and
 *   both shapes.
 */
export async function loadAdapter(folder: string, config: ModelConfig, base: string): Promise<LoadedAdapter> {
  const peft = await readPeftConfig(folder);
  const path = join(folder, peftFiles.weights);
  await requireSafetensors(folder);
  const found: Record<string, Parameter> = {};
  for (const [stored, parameter] of Object.entries(await readSafetensors(path))) {
    found[weightName(stored, path)] = parameter;
  }
  const projections = projectionsOf(found, config, { path, base });
  checkTargets(projections, peft, config, path);
  const parameters: Record<string, Parameter> = {};
  for (const [name, shape] of Object.entries(adapterShapes(config, projections, peft.rank))) {
    const parameter = found[name] as Parameter;
    if (parameter.shape.join() !== shape.join()) {
      throw new PavlovError(
        `${path}: the weight ${name} has the shape [${parameter.shape.join(", ")}]; the model ${base} with rank ` +
          `${peft.rank} needs [${shape.join(", ")}].`,
        { hint: "Give the model that the adapter was trained from, and an adapter_config.json with its rank." },
      );
    }
    parameters[name] = parameter;
  }
  return { peft, projections, parameters };
}

async function requireSafetensors(folder: string): Promise<void> {
  const files = await readdir(folder);
  if (files.includes(peftFiles.weights)) return;
  const hint = files.includes("adapter_model.bin")
    ? "adapter_model.bin cannot be read: save the adapter with PEFT's save_pretrained(safe_serialization=True)."
    : `Give a folder in PEFT's layout: ${peftFiles.config} and ${peftFiles.weights}.`;
  throw new PavlovError(`${folder} is not a whole adapter: it has no ${peftFiles.weights}.`, { hint });
}

/** The name of a weight without PEFT's prefix and the adapter's own name (`lora_A.default.weight`). */
function weightName(stored: string, path: string): string {
  const name = stored.startsWith(peftPrefix) ? stored.slice(peftPrefix.length) : stored;
  const match = /^(.+\.lora_[AB])(?:\.\w+)?\.weight$/.exec(name);
  if (match) return `${match[1]}.weight`;
  throw new PavlovError(
    `${path}: the tensor ${JSON.stringify(stored)} is no part of a LoRA adapter that is supported.`,
    {
      hint: "Only lora_A and lora_B of projections are. Merge the adapter into its base with PEFT (merge_and_unload).",
    },
  );
}

/** The projections that a file has weights for. Each has both, and is one of the model's. */
function projectionsOf(
  found: Readonly<Record<string, Parameter>>,
  config: ModelConfig,
  { path, base }: { readonly path: string; readonly base: string },
): readonly string[] {
  const known = projectionShapes(config);
  for (const name of Object.keys(found)) {
    const projection = name.replace(/\.lora_[AB]\.weight$/, "");
    if (!Object.hasOwn(known, projection)) {
      const kinds = [...new Set(Object.keys(known).map(shortName))].join(", ");
      throw new PavlovError(`${path}: the adapter has a weight for ${projection}, which the model ${base} has not.`, {
        hint: `The model has ${config.layers} layers with ${kinds}. Give the model that the adapter was trained from.`,
      });
    }
    for (const part of [linearNames.loraA(projection), linearNames.loraB(projection)]) {
      if (!Object.hasOwn(found, part)) throw new PavlovError(`${path}: the weight ${part} is missing.`);
    }
  }
  const adapted = new Set(adaptedProjections(Object.keys(found)));
  if (adapted.size === 0) throw new PavlovError(`${path} holds no weights of an adapter.`);
  return Object.keys(known).filter((name) => adapted.has(name));
}

/** Every module that adapter_config.json names has weights; a pattern (text) is left to the weights. */
function checkTargets(
  projections: readonly string[],
  { targetModules, json }: PeftConfig,
  config: ModelConfig,
  path: string,
): void {
  // Fewer layers than the model has may be adapted: then the weights alone say which.
  if (!Array.isArray(targetModules) || !isEmpty(json["layers_to_transform"]) || !isEmpty(json["exclude_modules"]))
    return;
  const adapted = new Set(projections);
  for (const projection of Object.keys(projectionShapes(config))) {
    if (adapted.has(projection)) continue;
    if (!targetModules.some((target) => projection === target || projection.endsWith(`.${target}`))) continue;
    throw new PavlovError(
      `${path}: the weight ${linearNames.loraA(projection)} is missing; target_modules asks for it.`,
      { hint: "Give the model that the adapter was trained from, or the whole adapter." },
    );
  }
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || ((Array.isArray(value) || typeof value === "string") && value.length === 0);
