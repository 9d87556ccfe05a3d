import { expect, it } from "vitest";
import { runFixtures } from "../run-fixtures.js";
import { listMatch } from "./index.js";
import { readList } from "./read-list.js";

runFixtures(listMatch, new URL("fixtures.jsonl", import.meta.url));

it("reads lists that are nested deeper than the stack as text", () => {
  const completion = "[".repeat(50_000) + "]".repeat(50_000);
  expect(readList(completion, { separator: null, inProse: true })).toHaveLength(1);
});
