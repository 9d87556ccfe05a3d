import { describe, expect, test } from "vitest";
import { rolloutRows, type RolloutCompletion, type RolloutRequest } from "./rollout-function.js";

const prompt = {
  ids: [1],
  text: "a",
  messages: [],
  row: { prompt: "a", columns: {}, location: { file: "x", line: 1 } },
};
const request: RolloutRequest = {
  prompts: [prompt],
  numGenerations: 2,
  maxCompletionLength: 3,
  sampling: { temperature: 1 },
  seed: 0,
  generation: 0,
  step: 0,
};
const limits = { vocabularySize: 10, eosTokenIds: [2] };

test("completions that end with an end-of-sequence token ended by themselves", () => {
  const rows = rolloutRows(
    [{ tokenIds: [5, 2], logProbabilities: [-1, -2] }, { tokenIds: [5, 6, 7] }],
    request,
    limits,
  );
  expect(rows).toEqual([
    { row: 0, tokenIds: [5, 2], logProbabilities: [-1, -2], finishReason: "stop" },
    { row: 1, tokenIds: [5, 6, 7], logProbabilities: [], finishReason: "length" },
  ]);
});

describe("what a rollout function returned is refused with the value that is wrong", () => {
  test.each<[string, RolloutCompletion[], string]>([
    ["too few completions", [{ tokenIds: [1] }], "returned 1 completions for 1 prompts × 2 generations; 2 are needed"],
    ["no tokens", [{ tokenIds: [1] }, { tokenIds: [] }], "Completion 1 of the rollout function has no tokens"],
    ["too long", [{ tokenIds: [1, 3, 4, 5] }, { tokenIds: [1] }], "has 4 tokens; maxCompletionLength is 3"],
    ["unknown token", [{ tokenIds: [10] }, { tokenIds: [1] }], "the token id 10; the model's vocabulary has 10"],
    ["other length", [{ tokenIds: [1], logProbabilities: [] }, { tokenIds: [1] }], "1 tokens and 0 log-probabilities"],
  ])("%s", (_, completions, message) => {
    expect(() => rolloutRows(completions, request, limits)).toThrow(message);
  });
});
