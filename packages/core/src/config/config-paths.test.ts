import { expect, test } from "vitest";
import { isPath, resolveConfigPaths } from "./config-paths.js";

test("paths are resolved against the config's folder; names and ids are left", () => {
  const config = {
    model: "./models/tiny",
    dataset: { path: "data/train.jsonl", prompt: "question" },
    evalDataset: { path: ["data/a.jsonl", "/data/b.jsonl"] },
    rewards: {
      mine: { use: "../rewards/mine.ts#length", weight: 2 },
      math: { use: "math" },
      other: { use: "@acme/pavlov-reward-sql#executes" },
    },
    output: "runs/math",
    seed: 3,
  };
  expect(resolveConfigPaths(config, "/project/configs")).toEqual({
    model: "/project/configs/models/tiny",
    dataset: { path: "/project/configs/data/train.jsonl", prompt: "question" },
    evalDataset: { path: ["/project/configs/data/a.jsonl", "/data/b.jsonl"] },
    rewards: {
      mine: { use: "/project/rewards/mine.ts#length", weight: 2 },
      math: { use: "math" },
      other: { use: "@acme/pavlov-reward-sql#executes" },
    },
    output: "/project/configs/runs/math",
    seed: 3,
  });
  expect(config.model).toBe("./models/tiny");
});

test("what a config does not have is not added, and an id of Hugging Face is no path", () => {
  expect(resolveConfigPaths({ model: "acme/tiny" }, "/project")).toEqual({ model: "acme/tiny" });
});

test.each([
  ["./a", true],
  ["../a", true],
  [".", true],
  ["/a", true],
  ["acme/tiny", false],
  [".hidden/tiny", false],
  ["math", false],
])("%s is a path: %s", (reference, expected) => {
  expect(isPath(reference)).toBe(expected);
});
