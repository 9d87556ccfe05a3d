/** What `manifest.json` of a plugin's package must be, as draft-07 JSON Schema. */
import type { JsonSchema } from "../schema/json-schema.js";

/** What `$schema` of a manifest says. It names the form and is not an address: nothing is fetched. */
export const manifestId = "urn:pavlov:plugin-manifest:1";

const text = { type: "string" };
const texts = { type: "array", items: text };
const bound = { type: ["number", "null"] };
const rewardName = "^[A-Za-z][\\w-]*$";

const rewardSchema: JsonSchema = {
  type: "object",
  required: ["name", "description", "columns", "params", "reads", "range", "scope", "deterministic", "cacheable"],
  properties: {
    name: { type: "string", pattern: rewardName },
    description: { type: "string", minLength: 1 },
    version: text,
    columns: { type: "object" },
    params: { type: "object" },
    reads: texts,
    readsIfPresent: texts,
    range: { type: ["array", "null"], items: bound, minItems: 2, maxItems: 2 },
    scope: { enum: ["sample", "group", "batch"] },
    deterministic: { type: "boolean" },
    cacheable: { type: "boolean" },
    env: texts,
    envIfPresent: texts,
    needs: texts,
    fixtures: { type: "integer", minimum: 0 },
    docs: text,
  },
};

const presetUseSchema: JsonSchema = {
  type: "object",
  properties: {
    weight: { type: "number" },
    params: { type: "object" },
    columns: { type: "object", additionalProperties: text },
  },
};

/** A later version of this package may add keys, which an earlier one leaves alone: unknown keys are no fault. */
export const manifestSchema: JsonSchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  $id: manifestId,
  title: "Manifest of a Pavlov plugin",
  type: "object",
  required: ["apiVersion", "namespace", "rewards"],
  properties: {
    $schema: text,
    apiVersion: { type: "integer", minimum: 1 },
    namespace: { type: "string", pattern: "^[a-z][a-z0-9-]*$", maxLength: 100 },
    version: text,
    rewards: {
      type: "object",
      propertyNames: { pattern: rewardName, maxLength: 100 },
      additionalProperties: rewardSchema,
    },
    presets: {
      type: "object",
      additionalProperties: { type: "object", additionalProperties: presetUseSchema },
    },
  },
};
