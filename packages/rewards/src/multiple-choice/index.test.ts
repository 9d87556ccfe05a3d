import { testReward } from "@pavlov/core/vitest";
import { multipleChoice } from "./index.js";

testReward(multipleChoice, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
