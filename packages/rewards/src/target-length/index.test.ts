import { testReward } from "@pavlov/core/vitest";
import { targetLength } from "./index.js";

testReward(targetLength, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
