import { expect, test } from "vitest";
import { defineReward } from "./define-reward.js";
import { definePlugin, isPlugin, pluginApiVersion } from "./plugin.js";

const executes = defineReward({ name: "executes", description: "Runs.", range: [0, 1], score: () => 1 });
const matches = defineReward({ name: "matches-schema", description: "Fits.", range: [0, 1], score: () => 1 });

test("holds its rewards under their names, with the API's version", () => {
  const presets = { recommended: { executes: { weight: 1 } } };
  const plugin = definePlugin({ namespace: "sql", rewards: { executes, "matches-schema": matches }, presets });
  expect(plugin).toEqual({
    apiVersion: pluginApiVersion,
    namespace: "sql",
    rewards: { executes, "matches-schema": matches },
    presets,
  });
  expect(isPlugin(plugin)).toBe(true);
  expect(definePlugin({ namespace: "sql", rewards: { executes } }).presets).toEqual({});
});

test.each<[string, object, string]>([
  [
    "a key that is not the name",
    { namespace: "sql", rewards: { runs: executes } },
    'the key "runs" must be the reward\'s own name, "executes"',
  ],
  [
    "what is not a reward",
    { namespace: "sql", rewards: { executes: {} } },
    '"executes" is not a reward. Make it with defineReward.',
  ],
  ["a namespace with capitals", { namespace: "SQL", rewards: {} }, '"SQL" is not a plugin\'s namespace'],
  ["no namespace", { rewards: {} }, "undefined is not a plugin's namespace"],
  [
    "a preset of an unknown reward",
    { namespace: "sql", rewards: { executes }, presets: { all: { execute: {} } } },
    'the preset "all" names the reward "execute", which the plugin does not have. Did you mean "executes"?',
  ],
])("refuses %s", (_, spec, message) => {
  expect(() => definePlugin(spec as Parameters<typeof definePlugin>[0])).toThrow(message);
});

test("tells plugins from other values", () => {
  for (const value of [null, {}, { namespace: "sql", rewards: {} }, executes]) expect(isPlugin(value)).toBe(false);
});
