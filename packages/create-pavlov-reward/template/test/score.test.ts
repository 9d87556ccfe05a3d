import { score, testReward } from "@pavlov/core/vitest";
import { expect, test } from "vitest";
import { score as reward } from "../src/score.js";

// A test for each line of the file, and the checks that every reward must pass.
testReward(reward, { fixtures: new URL("../fixtures/score.jsonl", import.meta.url) });

test("an answer that is mentioned on the way is no answer", async () => {
  const columns = { answer: "Paris" };
  const asked = await score(reward, { completion: "Is it Paris?\nI think so.\nParis", columns });
  const hedged = await score(reward, { completion: "Paris, or else\nLyon", columns });
  expect(asked).toScore(1);
  expect(asked).toOutrank(hedged);
});
