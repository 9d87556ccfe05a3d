/** The rewards of a run as its record holds them. */
import { isComposite, type Composite, type Reward } from "@pavlov/core";

/** Names, weights, column mappings and params; never what `env` names. */
export const describeRewards = (rewards: Reward | Composite): unknown => {
  if (!isComposite(rewards)) return { name: rewards.name, columns: {}, weight: 1 };
  const parts = Object.entries(rewards.parts).map(([name, part]) => [
    name,
    {
      reward: part.reward.name,
      weight: part.weight,
      columns: part.columns,
      params: part.params,
      ...(part.source ? { source: part.source } : {}),
    },
  ]);
  return { parts: Object.fromEntries(parts), ...(rewards.combine === undefined ? {} : { combine: rewards.combine }) };
};
