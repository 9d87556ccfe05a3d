import { testReward } from "@pavlov/core/vitest";
import { tagCount } from "./index.js";

testReward(tagCount, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
