import { expect, it } from "vitest";
import { testReward } from "@pavlov/core/vitest";
import { listMatch } from "./index.js";
import { readList } from "./read-list.js";

testReward(listMatch, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });

it("counts an item that is nested deeper than the stack", () => {
  const completion = "[".repeat(10_000) + "]".repeat(10_000);
  expect(readList(completion, { separator: null, inProse: true }).count).toBe(1);
});
