import { testReward } from "@pavlov/core/vitest";
import { xmlFormat } from "./index.js";

testReward(xmlFormat, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
