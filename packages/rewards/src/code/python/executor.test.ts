import { describe } from "vitest";
import { testReward } from "@pavlov/core/vitest";
import { code } from "../index.js";
import { hasPython } from "../run-code.test.fixture.js";

describe.skipIf(!hasPython)("programs in Python", () => {
  testReward(code, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });
});
