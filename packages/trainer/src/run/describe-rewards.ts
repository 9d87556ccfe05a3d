/** The rewards of a run as its record holds them. */
import { compose, isComposite, use, type Composite, type Reward } from "@pavlov/core";

/** Names, weights, column mappings and params; never what `env` names. One reward is described as a composite of it. */
export const describeRewards = (rewards: Reward | Composite): unknown => {
  const { parts, combine } = isComposite(rewards) ? rewards : compose({ [rewards.name]: use(rewards) });
  const described = Object.entries(parts).map(([name, { reward, weight, columns, params, source }]) => [
    name,
    { reward: reward.name, weight, columns, params, ...(source ? { source } : {}) },
  ]);
  return { parts: Object.fromEntries(described), ...(combine === undefined ? {} : { combine }) };
};
