import { expect, test } from "vitest";
import { nearest, suggestion } from "./nearest-name.js";

const keys = ["numGenerations", "learningRate", "maxCompletionLength", "maxSteps", "seed", "beta"];

test.each([
  ["num_generations", "numGenerations"],
  ["num-generations", "numGenerations"],
  ["NUM_GENERATIONS", "numGenerations"],
  ["numGeneration", "numGenerations"],
  ["leaningRate", "learningRate"],
  ["learning_rat", "learningRate"],
  ["max_completion_len", "maxCompletionLength"],
  ["betta", "beta"],
  ["seed", "seed"],
  ["sede", "seed"],
  ["maxStesp", "maxSteps"],
  ["elarningRtaes", "learningRate"],
])("%s is meant to be %s", (name, meant) => {
  expect(nearest(name, keys)).toBe(meant);
});

test.each(["colour", "x", "", "steps_per_second", "be"])("nothing is near %j", (name) => {
  expect(nearest(name, keys)).toBeUndefined();
});

test.each([
  ["trian", "train"],
  ["modle", "model"],
  ["ouptut", "output"],
])("two neighbouring letters that changed places are one mistake: %s is meant to be %s", (name, meant) => {
  expect(nearest(name, ["dataset", "evaluate", "model", "output", "train"])).toBe(meant);
});

test("letters that changed places over a distance are two mistakes", () => {
  expect(nearest("tarni", ["train"])).toBeUndefined();
  expect(nearest("niart", ["train"])).toBeUndefined();
});

test("the nearest of several is taken, not the first", () => {
  expect(nearest("formats", ["forma", "format"])).toBe("format");
});

test("a suggestion is a question, or nothing", () => {
  expect(suggestion("sed", keys)).toBe(' Did you mean "seed"?');
  expect(suggestion("zzzzzz", keys)).toBe("");
});
