import { testReward } from "@pavlov/core/vitest";
import { cosineScaled } from "./index.js";

testReward(cosineScaled, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
