import { testReward } from "@pavlov/core/vitest";
import { reasoningSteps } from "./index.js";

testReward(reasoningSteps, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
