/** The JSON Schema (draft-07) of one row of a fixture file: rows are held to it, and editors can complete by it. */
import type { JsonSchema } from "../schema/json-schema.js";

const name = { type: "string", minLength: 1, description: "Says what the row shows. Each row of a file has another." };
const params = { type: "object", description: "The reward's settings. Default: its own defaults." };

const sample = {
  completion: { type: "string", description: "The text that is scored." },
  columns: { type: "object", description: "The dataset's columns, under the reward's own names." },
  prompt: { type: "string", description: "For rewards that read it." },
  messages: {
    type: "array",
    items: {
      type: "object",
      properties: { role: { type: "string" }, content: { type: "string" } },
      required: ["role", "content"],
      additionalProperties: false,
    },
    description: "The prompt as messages, for rewards that read them.",
  },
  tokenIds: {
    type: "array",
    items: { type: "integer", minimum: 0 },
    description: "Token ids of the completion, for rewards that read them.",
  },
  finishReason: { enum: ["stop", "length"], description: "Whether the completion ended by itself or was cut." },
};

const expected = {
  score: {
    anyOf: [
      { type: "number" },
      { type: "null" },
      { type: "array", items: { type: "number" }, minItems: 2, maxItems: 2 },
    ],
    description: "What the reward must give: a number, [lowest, highest], or null where it must abstain.",
  },
  reason: { type: "string", description: "The reason that it must give, word for word." },
  metrics: {
    type: "object",
    additionalProperties: { type: "number" },
    description: "The metrics that it must give: all of them.",
  },
};

const error = { type: "string", minLength: 1, description: "Scoring must fail with a message that contains this." };

const member = {
  type: "object",
  properties: { ...sample, ...expected },
  required: ["completion"],
  additionalProperties: false,
};

const contender = {
  type: "object",
  properties: { name, ...sample, params },
  required: ["completion"],
  additionalProperties: false,
};

/** What all samples of a row have, where they have none of their own. */
const shared = { columns: sample.columns, prompt: sample.prompt, messages: sample.messages };

const group = {
  properties: {
    name,
    ...shared,
    group: { type: "array", items: member, minItems: 1, description: "Completions of one prompt, scored together." },
    params,
    error,
  },
  required: ["group"],
  additionalProperties: false,
  if: { required: ["error"] },
  else: { properties: { group: { type: "array", items: { type: "object", required: ["score"] } } } },
};

const pair = {
  properties: {
    name,
    ...shared,
    better: { ...contender, description: "Must score more than the other." },
    worse: { ...contender, description: "Must score less than the other." },
    params: { ...params, description: "The settings of both, where they have none of their own." },
  },
  required: ["better", "worse"],
  additionalProperties: false,
};

const single = {
  properties: { name, ...sample, params, ...expected, error },
  required: ["completion"],
  additionalProperties: false,
  oneOf: [{ required: ["score"] }, { required: ["error"] }],
};

const isGroup = { required: ["group"] };
const isPair = { anyOf: [{ required: ["better"] }, { required: ["worse"] }] };

/** One row: a sample, a `group`, or a pair of `better` and `worse`. */
export const fixtureRowSchema: JsonSchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "A fixture of a reward",
  type: "object",
  allOf: [
    { if: { not: isGroup }, else: group },
    { if: { not: isPair }, else: pair },
    { if: { anyOf: [isGroup, isPair] }, else: single },
  ],
};

/** A whole file in YAML or JSON: a list of rows. */
export const fixtureListSchema: JsonSchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Fixtures of a reward",
  type: "array",
  items: fixtureRowSchema,
};

/** The keys that a row of each form may have, for suggestions. */
export const rowKeys = {
  group: Object.keys(group.properties),
  pair: Object.keys(pair.properties),
  single: Object.keys(single.properties),
  member: Object.keys(member.properties),
  contender: Object.keys(contender.properties),
  message: ["role", "content"],
} as const;
