import { testReward } from "@pavlov/core/vitest";
import { jsonMatch } from "./index.js";

testReward(jsonMatch, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
