/** Composites and samples made by hand, for the scorer's own tests. */
import type { Reward } from "../reward.js";
import { emptySchema } from "../schema/empty-schema.js";
import type { Composite, RewardUse, ScorerSample } from "./types.js";

export type PartOf = Partial<RewardUse> & { readonly reward: Reward };

/** A weighted sum; null where all parts abstain. */
export function compositeOf(parts: Readonly<Record<string, PartOf>>, overrides: Partial<Composite> = {}): Composite {
  const uses = Object.entries(parts).map(([name, part]): [string, RewardUse] => {
    return [name, { weight: 1, columns: {}, params: {}, ...part }];
  });
  return {
    name: "whole",
    description: "A weighted sum.",
    columns: emptySchema,
    params: emptySchema,
    reads: [],
    scope: "batch",
    deterministic: true,
    cacheable: false,
    env: [],
    range: () => [null, null],
    parts: Object.fromEntries(uses),
    total(scores) {
      const weighted = uses.flatMap(([name, { weight }]) => {
        const score = scores[name] ?? null;
        return score === null ? [] : [weight * score];
      });
      return weighted.length === 0 ? null : weighted.reduce((sum, score) => sum + score, 0);
    },
    ...overrides,
  };
}

export function sampleOf(completion: string, row: ScorerSample["row"] = {}, groupId = "g"): ScorerSample {
  return { completion, row, groupId };
}
