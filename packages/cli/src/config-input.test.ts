import { dataset, defineReward } from "@pavlov/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { defineConfig } from "./index.js";

const exact = defineReward({
  name: "exact",
  description: "1 if the completion is the answer, else 0.",
  columns: z.object({ answer: z.string() }),
  range: [0, 1],
  score: ({ completion, columns }) => (completion === columns.answer ? 1 : 0),
});
const rows = dataset(z.object({ solution: z.string() }), "train.jsonl");

test("a config in TypeScript may hold presets, and rewards as code composes them", () => {
  const config = defineConfig({
    model: "./model",
    dataset: { path: rows.source },
    rewards: {
      $preset: ["sql/recommended"],
      bound: rows.use(exact, { weight: 2, columns: { answer: "solution" } }),
      alone: exact,
      named: { use: "think-answer", weight: 0.2 },
    },
  });
  expect(Object.keys(config.rewards)).toEqual(["$preset", "bound", "alone", "named"]);
});
