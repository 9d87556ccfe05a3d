/** What `pavlov.config.yaml` may hold where the trainer is installed: the schemas of core and trainer, put together. */
import type { RewardInCode, rewardUseSchema } from "@pavlov/core/config";
import { grpoConfigSchema, sftConfigSchema } from "@pavlov/trainer/config";
import type { z } from "zod";
import { configSchemaOf, scoringSchemaOf, sftFileSchemaOf } from "./config-parts.js";

const trainSchema = grpoConfigSchema.prefault({}).describe("Options of GRPO, with TRL's names and defaults.");

/** The file of `pavlov train` and `eval`. */
export const configSchema = configSchemaOf(trainSchema);

/** A checked config, defaults applied. */
export type Config = z.output<typeof configSchema>;
type FileInput = z.input<typeof configSchema>;

type Letter = "a" | "b" | "c" | "d" | "e" | "f" | "g" | "h" | "i" | "j" | "k" | "l" | "m";
type OtherLetter = "n" | "o" | "p" | "q" | "r" | "s" | "t" | "u" | "v" | "w" | "x" | "y" | "z";
type FirstOfName = Letter | OtherLetter | Capitalize<Letter | OtherLetter> | "_";

/** Rewards by their names, which begin with a letter or `_`: so `$preset` may be text. */
export type RewardsInput = {
  readonly $preset?: FileInput["rewards"]["$preset"];
} & {
  readonly [Name in `${FirstOfName}${string}`]: z.input<typeof rewardUseSchema> | RewardInCode;
};

/** What a user writes. A program may give rewards as code does: `rows.use(reward, { weight: 2 })`. */
export type ConfigInput = Omit<FileInput, "rewards"> & { readonly rewards: RewardsInput };

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
