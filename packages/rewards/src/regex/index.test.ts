import { testReward } from "@pavlov/core/vitest";
import { regex } from "./index.js";

testReward(regex, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
