import { describe } from "vitest";
import { runFixtures } from "../../run-fixtures.js";
import { code } from "../index.js";
import { hasPython } from "../run-code.test.fixture.js";

describe.skipIf(!hasPython)("programs in Python", () => {
  runFixtures(code, new URL("fixtures.jsonl", import.meta.url));
});
