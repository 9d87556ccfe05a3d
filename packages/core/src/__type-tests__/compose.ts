// Composing: what is known of rewards that are written in code, and of those that are found at run time.
import { z } from "zod";
import { compose, createScorer, definePlugin, defineReward, use } from "../index.js";
import type { Composite, Reward, UsedReward } from "../index.js";

const exact = defineReward({
  name: "exact",
  description: "1 if the completion equals the answer.",
  columns: z.object({ answer: z.string() }),
  params: z.object({ caseSensitive: z.boolean().default(true) }),
  range: [0, 1],
  score: ({ completion, columns }) => (completion === columns.answer ? 1 : 0),
});

// A composite is a reward, with a name of its own, and can be scored, nested and published.
const quality = compose({ exact, again: use(exact, { weight: 0.5 }) }, { name: "quality" });
quality satisfies Composite;
quality satisfies Reward<"quality">;
void createScorer(quality);
definePlugin({ namespace: "mine", rewards: { exact, quality } });
definePlugin({ namespace: "mine", rewards: { good: quality } }); // expect: the key must be the reward's own name, "quality"

// Rewards that a registry finds at run time have no static columns and params.
const found: Reward = exact;
use(found, { columns: { anything: "goes" }, params: { some: "params" } });
const parts: Record<string, UsedReward> = { found: use(found) };
compose(parts, { combine: "found" }) satisfies Composite;

compose({ exact: use(exact, { params: { caseSensitive: "no" } }) }); // expect: Type 'string' is not assignable to type 'boolean | undefined'
compose({ exact: use(exact, { wieght: 1 }) }); // expect: 'wieght' does not exist
compose({ exact: use(exact, { onError: "ignore" }) }); // expect: Type '"ignore"' is not assignable to type 'ErrorPolicy | undefined'
compose({ exact: 1 }); // expect: Type 'number' is not assignable to type 'Part'
compose({ exact }, { combin: "exact" }); // expect: 'combin' does not exist
