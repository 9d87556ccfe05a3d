import { testReward } from "@pavlov/core/vitest";
import { math } from "./index.js";

testReward(math, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
