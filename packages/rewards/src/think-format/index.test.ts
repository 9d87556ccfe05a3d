import { testReward } from "@pavlov/core/vitest";
import { thinkFormat } from "./index.js";

testReward(thinkFormat, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
