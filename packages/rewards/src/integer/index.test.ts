import { testReward } from "@pavlov/core/vitest";
import { integer } from "./index.js";

testReward(integer, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
