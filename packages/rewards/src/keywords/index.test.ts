import { testReward } from "@pavlov/core/vitest";
import { keywords } from "./index.js";

testReward(keywords, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
