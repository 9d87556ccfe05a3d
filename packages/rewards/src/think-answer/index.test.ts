import { testReward } from "@pavlov/core/vitest";
import { thinkAnswer } from "./index.js";

testReward(thinkAnswer, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
