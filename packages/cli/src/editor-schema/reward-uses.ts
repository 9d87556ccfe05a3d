/** What may stand under a reward's name in a config, by what its `use` names: which params and columns, of what types. */
import {
  acceptsUnknownKeys,
  columnNames,
  columnSchema,
  errorMessage,
  requiredColumns,
  type JsonSchema,
  type RewardManifest,
} from "@pavlov/core";
import { Ajv } from "ajv";
import { type CatalogPlugin, type CatalogReward, rewardsOf } from "../catalog/catalog.js";
import { columnsText, firstSentence, rangeText } from "../terminal/reward-list.js";
import { conditional } from "./conditional.js";
import { adopted } from "./foreign-schema.js";

/** A schema of what is used, with what it refers to. */
export interface UsesSchema {
  /** Of one entry of `rewards`. */
  readonly use: JsonSchema;
  readonly definitions: Readonly<Record<string, JsonSchema>>;
  /** Rewards whose params or columns could not be taken in, each a sentence. */
  readonly warnings: readonly string[];
}

/** Paths, as references name them. */
const filePattern = "^(\\.{1,2}[\\\\/]|[\\\\/]|[A-Za-z]:[\\\\/]|file:).+$|^[^#]+\\.[cm]?[jt]sx?(#.+)?$";
/** Packages with an export, or of a scope. */
const packagePattern = "^(@[\\w.-]+/)?[\\w.-]+(/[\\w./-]+)?#.+$|^@[\\w.-]+/[\\w.-]+(/[\\w./-]+)?$";

/**
 * @param base the schema of an entry as the loader has it, without knowledge of any reward
 * @param files reward files, offered beside the rewards of plugins
 */
export function usesSchema(base: JsonSchema, plugins: readonly CatalogPlugin[], files: readonly string[]): UsesSchema {
  const warnings: string[] = [];
  const definitions: Record<string, JsonSchema> = {};
  const conditions: JsonSchema[] = [];
  const rewards = plugins.flatMap(rewardsOf);
  const ajv = new Ajv({ logger: false });
  for (const [index, reward] of rewards.entries()) {
    const key = `params${index + 1}`;
    const params = paramsSchema(reward.manifest.params, `#/definitions/${key}`, ajv);
    if (typeof params === "string") {
      warnings.push(`The params of ${reward.use} are not in the schema: ${params}.`);
      continue;
    }
    definitions[key] = { title: `params of ${reward.use}`, ...params.schema };
    conditions.push(condition(reward, { $ref: `#/definitions/${key}` }, params.isRequired));
  }
  const properties = base["properties"] as Readonly<Record<string, JsonSchema>>;
  const known = {
    ...properties,
    use: { ...properties["use"], type: "string", anyOf: useOptions(rewards, plugins, files) },
    // What is not known beforehand: of rewards in files, and in packages that are no plugins.
    params: { type: "object", description: "The reward's settings" },
    columns: { type: "object", description: mappingDescription, additionalProperties: source },
  };
  return { use: { title: "reward", ...base, properties: known, allOf: conditions }, definitions, warnings };
}

/** A column of the dataset. */
const source = { type: "string", minLength: 1 };
const mappingDescription = "Reward column: dataset column";

function useOptions(rewards: readonly CatalogReward[], plugins: readonly CatalogPlugin[], files: readonly string[]) {
  const builtIn = plugins.find(({ isBuiltIn }) => isBuiltIn)?.manifest;
  const names = Object.keys(builtIn?.rewards ?? {}).join("|");
  return [
    ...rewards.map((reward) => ({ const: reward.use, description: summary(reward) })),
    ...files.map((file) => ({ const: file, description: "A file of this project; with #name where it has several." })),
    ...(names === "" ? [] : [{ type: "string", pattern: `^${builtIn?.namespace}/(${names})$` }]),
    { type: "string", pattern: filePattern, description: "A file with rewards: ./rewards/mine.ts#length" },
    { type: "string", pattern: packagePattern, description: "A package: @acme/pavlov-reward-sql#executes" },
  ];
}

function summary({ manifest, plugin: { package: from } }: CatalogReward): string {
  const columns = columnsText(manifest);
  const reads = columns === "" ? "Reads no column" : `Reads ${columns}`;
  return `${firstSentence(manifest.description)} ${reads}; range ${rangeText(manifest.range)}. ${from.name}@${from.version}`;
}

/** Where `use` names the reward, in any of the ways to do it, its params and columns are these. */
function condition(reward: CatalogReward, params: JsonSchema, isRequired: boolean): JsonSchema {
  const { use, plugin, manifest } = reward;
  const names = [use, `${plugin.manifest.namespace}/${manifest.name}`, `${plugin.package.name}#${manifest.name}`];
  return conditional(
    { type: "object", properties: { use: { enum: [...new Set(names)] } }, required: ["use"] },
    {
      type: "object",
      properties: { params, columns: columnsSchema(manifest) },
      ...(isRequired && { required: ["params"] }),
    },
  );
}

/** The mapping from a reward's columns to those of the dataset. */
function columnsSchema({ columns: declared }: RewardManifest): JsonSchema {
  const schema = standard(declared);
  const required = requiredColumns(schema);
  const properties = columnNames(schema).map((name) => {
    const { description } = columnSchema(schema, name) ?? {};
    const told = typeof description === "string" ? ` ${description}` : "";
    const need = required.includes(name) ? "must have" : "may have";
    return [name, { ...source, description: `The dataset's column for "${name}", which rows ${need}.${told}` }];
  });
  return {
    type: "object",
    description: mappingDescription,
    properties: Object.fromEntries(properties) as JsonSchema,
    additionalProperties: acceptsUnknownKeys(schema) ? source : false,
  };
}

interface ParamsSchema {
  readonly schema: JsonSchema;
  /** True where one of them has no default. */
  readonly isRequired: boolean;
}

/** The params of a reward, or why a schema cannot say them. */
function paramsSchema(declared: JsonSchema, place: string, ajv: Ajv): ParamsSchema | string {
  try {
    const schema = standard(declared);
    const own = adopted(declared, place);
    // Outside of its place it refers to itself.
    ajv.compile(adopted(declared, "#"));
    const names = columnNames(schema);
    const parts = ["allOf", "anyOf", "oneOf", "$ref"].some((keyword) => keyword in own);
    const known = parts ? { propertyNames: { enum: names } } : { additionalProperties: false };
    const closed = acceptsUnknownKeys(schema) || (parts && names.length === 0) ? {} : known;
    return { schema: { type: "object", ...own, ...closed }, isRequired: requiredColumns(schema).length > 0 };
  } catch (thrown) {
    return errorMessage(thrown);
  }
}

/** A JSON Schema as the functions of core take schemas. */
function standard(schema: JsonSchema) {
  const jsonSchema = { input: () => ({ ...schema }), output: () => ({ ...schema }) };
  return { "~standard": { version: 1 as const, vendor: "pavlov", jsonSchema } };
}
