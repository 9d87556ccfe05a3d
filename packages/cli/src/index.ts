/** What a `pavlov.config.ts` imports. Training from code is `GRPOTrainer` of `@pavlov/trainer`. */
import { defineConfig as define } from "@pavlov/core";
import type { ConfigInput } from "./config-schema.js";

export type { Config, ConfigInput, SFTFileInput } from "./config-schema.js";

/**
 * The config itself, with types for the editor.
 *
 * @example
 * export default defineConfig({
 *   model: "./model",
 *   dataset: { path: "train.jsonl" },
 *   rewards: { correct: { use: "exact-answer" } },
 * });
 */
export function defineConfig(config: ConfigInput): ConfigInput {
  return define(config);
}
