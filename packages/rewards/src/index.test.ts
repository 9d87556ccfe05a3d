import { readdirSync } from "node:fs";
import { toJsonSchema } from "@pavlov/core";
import { expect, it } from "vitest";
import plugin from "./index.js";

const rewards = Object.values(plugin.rewards);

it("has one reward to each folder", () => {
  const folders = readdirSync(new URL(".", import.meta.url), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  expect(Object.keys(plugin.rewards).sort()).toEqual(folders.map(({ name }) => name).sort());
});

it.each(rewards)("describes each param and column of $name in its JSON Schema", (reward) => {
  for (const schema of [toJsonSchema(reward.params), toJsonSchema(reward.columns)]) {
    const properties = Object.values(
      (schema as { properties?: Record<string, { description?: string }> }).properties ?? {},
    );
    for (const property of properties) expect(property.description).toMatch(/\.$/);
  }
});

it.each(rewards)("needs no params for $name", async (reward) => {
  const result = await reward.params["~standard"].validate({});
  expect(result.issues).toBeUndefined();
});
