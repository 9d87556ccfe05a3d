/** Composites and samples made by hand, for the scorer's own tests. */
import { onTestFinished } from "vitest";
import { defineReward } from "../define-reward.js";
import type { Reward } from "../reward.js";
import { emptySchema } from "../schema/empty-schema.js";
import { createScorer } from "./create-scorer.js";
import type { Composite, RewardUse, Scorer, ScorerOptions, ScorerSample } from "./types.js";

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
    readsIfPresent: [],
    scope: "batch",
    deterministic: true,
    cacheable: false,
    env: [],
    envIfPresent: [],
    needs: [],
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

export const common = { description: "For tests.", range: [0, 1] as const };

/** Scores the number that the completion says; "skip" abstains, "fail" throws. */
export const says = defineReward({
  ...common,
  name: "says",
  score({ completion }) {
    if (completion === "fail") throw new Error("cannot read it");
    return completion === "skip" ? null : Number(completion);
  },
});

export const half = defineReward({ ...common, name: "half", score: () => 0.5 });

/** A scorer of a weighted sum that is disposed of with its test. Drops by default. */
export function scorerOf(
  parts: Readonly<Record<string, PartOf>>,
  options: ScorerOptions = { onError: "drop" },
): Scorer {
  const scorer = createScorer(compositeOf(parts), options);
  onTestFinished(() => scorer.dispose());
  return scorer;
}

export function samples(...completions: readonly string[]): ScorerSample[] {
  return completions.map((completion) => sampleOf(completion));
}
