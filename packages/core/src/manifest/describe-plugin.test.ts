import { expect, test } from "vitest";
import { z } from "zod";
import { defineReward } from "../define-reward.js";
import { describePlugin } from "./describe-plugin.js";
import { definePlugin } from "../plugin.js";

const executes = defineReward({
  name: "executes",
  description: "Runs the query.",
  columns: z.object({ result: z.string().describe("What comes out.") }),
  params: z.strictObject({ limit: z.number().default(3).describe("Rows.") }),
  reads: ["prompt"],
  range: ({ limit }) => [0, limit],
  deterministic: false,
  cacheable: true,
  version: "2",
  env: ["DATABASE_URL"],
  needs: ["network"],
  scoreBatch: (samples) => samples.map(() => 0),
});
const plain = defineReward({
  name: "plain",
  description: "Must be told the dialect.",
  params: z.strictObject({ dialect: z.string() }),
  range: [0, 1],
  score: () => 0,
});
const plugin = definePlugin({
  namespace: "sql",
  rewards: { executes, plain },
  presets: { recommended: { executes: { weight: 2 } } },
});

test("says all about each reward in plain JSON", () => {
  const manifest = describePlugin(plugin, { version: "1.2.3", fixtures: { executes: 7 } });
  expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
  expect(manifest).toMatchObject({
    apiVersion: 1,
    namespace: "sql",
    version: "1.2.3",
    presets: { recommended: { executes: { weight: 2 } } },
  });
  expect(manifest.rewards["executes"]).toEqual({
    name: "executes",
    description: "Runs the query.",
    version: "2",
    columns: {
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "object",
      properties: { result: { type: "string", description: "What comes out." } },
      required: ["result"],
    },
    params: {
      $schema: "http://json-schema.org/draft-07/schema#",
      type: "object",
      properties: { limit: { type: "number", default: 3, description: "Rows." } },
      additionalProperties: false,
    },
    reads: ["prompt"],
    readsIfPresent: [],
    range: [0, 3],
    scope: "batch",
    deterministic: false,
    cacheable: true,
    env: ["DATABASE_URL"],
    envIfPresent: [],
    needs: ["network"],
    fixtures: 7,
  });
});

test("leaves out what is not known", () => {
  const { plain: described } = describePlugin(plugin).rewards;
  expect(described).toMatchObject({ range: null, fixtures: 0, needs: [] });
  expect(described).not.toHaveProperty("version");
  expect(describePlugin(plugin)).not.toHaveProperty("version");
});

test("says which schema JSON Schema cannot say", () => {
  const dated = defineReward({
    name: "dated",
    description: "Reads a date.",
    columns: z.object({ when: z.date() }),
    range: [0, 1],
    score: () => 0,
  });
  expect(() => describePlugin(definePlugin({ namespace: "sql", rewards: { dated } }))).toThrow("Date cannot be");
});
