/** The config as draft-07 JSON Schema, with the rewards that are installed: what editors complete and check by. */
import type { JsonSchema } from "@pavlov/core";
import { z } from "zod";
import { type CatalogPlugin, fullName } from "../catalog/catalog.js";
import { conditional } from "./conditional.js";
import { adopted } from "./foreign-schema.js";
import { usesSchema } from "./reward-uses.js";

/** A schema for editors, and what it could not take in. */
export interface EditorSchema {
  readonly schema: JsonSchema;
  readonly warnings: readonly string[];
}

/** What editors and tools call the schema. */
const title = "pavlov.config";

/**
 * @param config what the loader holds a config to
 * @param files reward files, relative to the config's folder
 */
export function configJsonSchema(
  config: z.ZodType,
  plugins: readonly CatalogPlugin[],
  files: readonly string[],
): EditorSchema {
  const { $schema, ...whole } = z.toJSONSchema(config, {
    target: "draft-7",
    io: "input",
    // A config from code may hold rewards themselves, which no file does.
    unrepresentable: "any",
    override: ({ jsonSchema }) => dropBeyondSafeIntegers(jsonSchema),
  });
  const base = adopted(whole, "#") as { readonly properties: Readonly<Record<string, JsonSchema>> } & JsonSchema;
  const rewards = base.properties["rewards"] as JsonSchema;
  const { use, definitions, warnings } = usesSchema(rewards["additionalProperties"] as JsonSchema, plugins, files);
  const schema = {
    $schema,
    title,
    ...base,
    properties: { ...base.properties, rewards: rewardsSchema(plugins) },
    // With an expression a weight can only be 0: measured, and not counted.
    ...conditional({ type: "object", required: ["combine"] }, { type: "object", properties: { rewards: unweighted } }),
    definitions: { ...(base["definitions"] as object | undefined), rewardUse: use, ...definitions },
  };
  return { schema, warnings };
}

/** What a reward is called in a config. */
const partNames = "^[A-Za-z_]\\w*$";
const unweighted = {
  type: "object",
  patternProperties: {
    [partNames]: { type: "object", properties: { weight: { const: 0, description: "Measured, and not counted." } } },
  },
};

/** Names of JavaScript's own cannot be names of rewards. */
const reservedNames = Object.getOwnPropertyNames(Object.prototype);

function rewardsSchema(plugins: readonly CatalogPlugin[]): JsonSchema {
  const presets = plugins.flatMap((plugin) =>
    Object.entries(plugin.manifest.presets).map(([name, uses]) => ({
      const: fullName(plugin, name),
      description: `${Object.keys(uses).join(", ")}. ${plugin.package.name}@${plugin.package.version}`,
    })),
  );
  const preset = {
    description: "Rewards as their plugin's author puts them together: one preset, or a list of them.",
    anyOf: [
      { type: "string", anyOf: presets },
      { type: "array", minItems: 1, items: { type: "string", anyOf: presets } },
    ],
  };
  return {
    type: "object",
    description: "What completions are scored by: each reward under a name of its own.",
    minProperties: 1,
    properties: presets.length === 0 ? {} : { $preset: preset },
    patternProperties: { [partNames]: { $ref: "#/definitions/rewardUse" } },
    propertyNames: { not: { enum: reservedNames } },
    additionalProperties: false,
  };
}

/** Bounds that every whole number keeps are left out of what editors show. */
function dropBeyondSafeIntegers(schema: { minimum?: unknown; maximum?: unknown }): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}
