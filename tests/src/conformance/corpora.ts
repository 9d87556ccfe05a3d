/** Reads cases of mathematical equality: JSON lines of gold, answer and expected verdict, as graders publish them. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { MathOptions, MathTarget } from "@pavlov/rewards/math";
import { z } from "zod";

const row = z.looseObject({
  id: z.string(),
  kind: z.string(),
  gold: z.string().nullable(),
  pred: z.string(),
  expected: z.boolean().nullable(),
  expected_extract: z.unknown().optional(),
  config: z.looseObject({}).default({}),
  note: z.string().default(""),
});

/** One case. `expected` null: it must only be answered in time. */
export type Case = z.output<typeof row>;

/** The cases of a file, or undefined where the folder has no such file. @throws where a line is no case. */
export async function readCases(folder: string, file: string): Promise<readonly Case[] | undefined> {
  const text = await readFile(path.join(folder, file), "utf8").catch(() => undefined);
  return text
    ?.split("\n")
    .filter((line) => line.trim() !== "")
    .map((line, index) => {
      const parsed = row.safeParse(JSON.parse(line));
      if (!parsed.success) throw new Error(`${file}:${index + 1}: ${z.prettifyError(parsed.error)}`);
      return parsed.data;
    });
}

const targets: ReadonlyMap<unknown, MathTarget> = new Map([
  ["latex", "latex"],
  ["expr", "expression"],
  ["NativeLetters", "letter"],
]);

const optionSets = new Map<string, MathOptions>();

/** The options that a case's config asks for, over a preset's. Equal ones are one object. */
export function optionsOf({ config }: Case, base: MathOptions): MathOptions {
  const options: { -readonly [Key in keyof MathOptions]: MathOptions[Key] } = { ...base };
  if (typeof config["boxed_match_priority"] === "number") options.boxedPriority = config["boxed_match_priority"];
  if (Array.isArray(config["match_types"])) {
    options.targets = config["match_types"].map((name): MathTarget => targets.get(name) ?? "latex");
  }
  if (config["type"] === "StringExtractionConfig") options.targets = ["letter"];
  if (typeof config["precision"] === "number") {
    options.decimals = "rounded";
    options.decimalPlaces = config["precision"];
  }
  if (config["strict"] === false) options.strictVariables = false;
  if (config["allow_set_relation_comp"] === true) options.allowSetRelation = true;
  if (JSON.stringify(config).includes('"malformed_operators":false')) options.shorthands = false;
  const key = JSON.stringify(options);
  const known = optionSets.get(key);
  if (known) return known;
  optionSets.set(key, options);
  return options;
}
