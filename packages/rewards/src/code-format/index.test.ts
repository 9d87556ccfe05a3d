import { testReward } from "@pavlov/core/vitest";
import { codeFormat } from "./index.js";

testReward(codeFormat, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
