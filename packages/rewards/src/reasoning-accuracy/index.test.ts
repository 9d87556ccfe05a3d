import { testReward } from "@pavlov/core/vitest";
import { reasoningAccuracy } from "./index.js";

testReward(reasoningAccuracy, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
