import { testReward } from "@pavlov/core/vitest";
import { length } from "./index.js";

testReward(length, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
