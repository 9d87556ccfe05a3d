import { describePlugin } from "@pavlov/core";
import builtIn from "@pavlov/rewards";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { configExample } from "./config-example.js";

test.each(Object.values(describePlugin(builtIn).rewards))("the example of $name parses and names it", (manifest) => {
  const { rewards } = parse(configExample(manifest.name, manifest).join("\n")) as {
    rewards: Record<string, { use: string }>;
  };
  expect(Object.values(rewards)).toEqual([expect.objectContaining({ use: manifest.name })]);
  expect(Object.keys(rewards)[0]).toMatch(/^[A-Za-z_]\w*$/);
});

test("names that YAML would take for something else are quoted", () => {
  const [manifest] = Object.values(describePlugin(builtIn).rewards);
  if (manifest === undefined) throw new Error("There are no rewards.");
  const columns = { type: "object", properties: { "the answer": {}, yes: {} }, required: ["the answer", "yes"] };
  for (const use of ["@acme/pavlov-reward-sql#executes", "./my rewards/mine.ts#a", "C:\\rewards\\mine.ts"]) {
    const { rewards } = parse(configExample(use, { ...manifest, columns }).join("\n")) as {
      rewards: Record<string, { use: string; columns: object }>;
    };
    expect(Object.values(rewards)[0]).toMatchObject({ use, columns: { "the answer": "the answer", yes: "yes" } });
  }
});
