import { testReward } from "@pavlov/core/vitest";
import { exactAnswer } from "./index.js";

testReward(exactAnswer, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
