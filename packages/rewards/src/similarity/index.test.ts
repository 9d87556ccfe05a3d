import { testReward } from "@pavlov/core/vitest";
import { similarity } from "./index.js";

testReward(similarity, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
