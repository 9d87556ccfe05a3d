import { testReward } from "@pavlov/core/vitest";
import { softOverlongPunishment } from "./index.js";

testReward(softOverlongPunishment, {
  fixtures: new URL("fixtures.jsonl", import.meta.url),
  reasons: true,
  strict: true,
});
