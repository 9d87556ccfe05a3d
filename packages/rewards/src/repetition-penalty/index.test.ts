import fc from "fast-check";
import { expect, it } from "vitest";
import { testReward } from "@pavlov/core/vitest";
import { countGrams, repetitionPenalty } from "./index.js";

testReward(repetitionPenalty, { fixtures: new URL("fixtures.jsonl", import.meta.url), reasons: true, strict: true });

it("counts n-grams of any size as writing each out does", () => {
  const items = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 40 });
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 12 }), (ids, size) => {
      const total = Math.max(0, ids.length - size + 1);
      const written = Array.from({ length: total }, (_, start) => ids.slice(start, start + size).join(" "));
      expect(countGrams(ids, size)).toEqual({ total, unique: new Set(written).size });
    }),
  );
});
