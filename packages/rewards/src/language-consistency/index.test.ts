import { testReward } from "@pavlov/core/vitest";
import { languageConsistency } from "./index.js";

testReward(languageConsistency, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
