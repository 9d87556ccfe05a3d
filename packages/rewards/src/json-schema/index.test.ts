import { expect, it } from "vitest";
import { testReward } from "@pavlov/core/vitest";
import { jsonSchema } from "./index.js";

testReward(jsonSchema, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });

it.each([
  { schema: { type: "object" }, said: "not valid: must be object, got a value that is nested too deeply to be shown" },
  {
    schema: { type: "array", items: { $ref: "#" } },
    said: "not valid: nested too deeply to be checked",
  },
])("scores lists that are nested deeper than the stack ($said)", async ({ schema, said }) => {
  const completion = "[".repeat(10_000) + "]".repeat(10_000);
  const params = { schema, parsed: 0.25, strict: false };
  const context = {
    params,
    state: new Map(),
    signal: new AbortController().signal,
    seed: 0,
    env: {},
    log: () => {},
    fetch: globalThis.fetch,
  };
  const unread = { prompt: "", messages: [], tokenIds: [], finishReason: "stop", step: 0 } as const;
  const sample = { completion, columns: { schema: null }, index: 0, groupId: "0", ...unread };
  expect(await jsonSchema.score?.(sample, context)).toEqual({ score: 0.25, reason: said });
});
