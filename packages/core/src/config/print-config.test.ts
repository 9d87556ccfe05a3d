import { expect, test } from "vitest";
import { parse } from "yaml";
import { defineReward } from "../define-reward.js";
import { printConfig } from "./print-config.js";

test("a config prints as YAML that reads back as the same config", () => {
  const shared = { path: "a: b.jsonl" };
  const config = {
    model: "x",
    dataset: shared,
    evalDataset: shared,
    train: { learningRate: 1e-6, betas: [0.9, 0.99] },
  };
  const text = printConfig(config);
  expect(parse(text)).toEqual(config);
  expect(text.split("\n")[0]).toBe("model: x");
});

test("options without a value are left out, and rewards in a program's config print as their names", () => {
  const reward = defineReward({ name: "short", description: "For tests.", range: [0, 1], score: () => 1 });
  expect(printConfig({ combine: undefined, rewards: { a: { use: reward, weight: 1 } } })).toBe(
    "rewards:\n  a:\n    use: short\n    weight: 1\n",
  );
});
