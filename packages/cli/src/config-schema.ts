/** What `pavlov.config.yaml` may hold where the trainer is installed: the schemas of core and trainer, put together. */
import { grpoConfigSchema, sftConfigSchema } from "@pavlov/trainer/config";
import type { z } from "zod";
import { configSchemaOf, scoringSchemaOf, sftFileSchemaOf } from "./config-parts.js";

const trainSchema = grpoConfigSchema.prefault({}).describe("Options of GRPO, with TRL's names and defaults.");

/** The file of `pavlov train` and `eval`. */
export const configSchema = configSchemaOf(trainSchema);

/** A checked config, defaults applied. */
export type Config = z.output<typeof configSchema>;
/** What a user writes. */
export type ConfigInput = z.input<typeof configSchema>;

/** The same file for `score`, `audit` and `config`, which need no model. */
export const scoringSchema = scoringSchemaOf(trainSchema);

/** The file of `pavlov sft`. */
export const sftFileSchema = sftFileSchemaOf(
  sftConfigSchema.prefault({}).describe("Options of supervised training, with TRL's names and defaults."),
);

/** A checked config of supervised training, defaults applied. */
export type SFTFile = z.output<typeof sftFileSchema>;
/** What a user writes for supervised training. */
export type SFTFileInput = z.input<typeof sftFileSchema>;
