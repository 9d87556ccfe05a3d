import { expect, test } from "vitest";
import { z } from "zod";
import { defineReward } from "../define-reward.js";
import { compose } from "./compose.js";
import { use } from "./use.js";

const exact = defineReward({
  name: "exact",
  description: "1 if the completion equals the answer.",
  columns: z.object({ answer: z.string() }),
  params: z.object({ caseSensitive: z.boolean().default(true) }),
  range: [0, 1],
  score: ({ completion, columns }, { params }) =>
    (params.caseSensitive ? completion === columns.answer : completion.toLowerCase() === columns.answer.toLowerCase())
      ? 1
      : 0,
});
const length = defineReward({
  name: "length",
  description: "Characters.",
  range: [0, null],
  score: ({ completion }) => completion.length,
});

test("a weighted sum leaves abstentions out", () => {
  const composite = compose({ exact: use(exact, { weight: 2 }), length });
  expect(composite.total({ exact: 1, length: 3 })).toBe(5);
  expect(composite.total({ exact: null, length: 3 })).toBe(3);
  expect(composite.total({ exact: null, length: null })).toBeNull();
  expect(composite.range({})).toEqual([0, null]);
});

test("an expression", () => {
  const composite = compose({ exact, length }, { combine: "exact + 0.1 * min(length, 5) * (exact > 0)" });
  expect(composite.total({ exact: 1, length: 30 })).toBe(1.5);
  expect(composite.range({})).toEqual([0, 1.5]);
});
