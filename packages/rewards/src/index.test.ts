import { readdirSync } from "node:fs";
import { compose, createScorer, toJsonSchema, use } from "@pavlov/core";
import { expect, it } from "vitest";
import plugin, { exactAnswer, length, regex, targetLength, thinkAnswer } from "./index.js";

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

it("scores all rewards side by side through the public scorer", async () => {
  const scorer = createScorer(
    compose({
      length: use(length, { weight: 0, params: { unit: "tokens" } }),
      target: use(targetLength, { weight: 0.01, params: { ideal: 3, unit: "words" } }),
      pattern: use(regex, { weight: 0.1 }),
      format: use(thinkAnswer, { weight: 0.2, params: { mode: "partial" } }),
      correct: use(exactAnswer, { columns: { answer: "solution" } }),
    }),
  );
  const completion = "<think>2+2=4</think><answer>4</answer>";
  const sample = { completion, tokenIds: [1, 2], groupId: "0" };
  const { names, scores, total } = await scorer.score([
    { ...sample, row: { solution: "4" } },
    { ...sample, row: { solution: "five" } },
    { ...sample, row: { solution: "" } },
  ]);
  await scorer.dispose();
  expect(names).toEqual(["length", "target", "pattern", "format", "correct"]);
  expect(scores).toEqual([
    [2, -2, 1, 0.5, 1],
    [2, -2, 1, 0.5, 0],
    [2, -2, 1, 0.5, null],
  ]);
  expect(total.map((score) => score?.toFixed(6))).toEqual(["1.180000", "0.180000", "0.180000"]);
});
