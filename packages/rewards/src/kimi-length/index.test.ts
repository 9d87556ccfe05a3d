import { testReward } from "@pavlov/core/vitest";
import { kimiLength } from "./index.js";

testReward(kimiLength, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
