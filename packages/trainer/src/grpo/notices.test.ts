import { expect, test } from "vitest";
import type { TrainEvent } from "../run/events.js";
import { createNotices } from "./notices.js";

const messagesOf = (use: (notices: ReturnType<typeof createNotices>) => void): string[] => {
  const events: TrainEvent[] = [];
  use(createNotices((event) => events.push(event)));
  return events.map((event) => ("message" in event ? event.message : event.type));
};

test("a loss that prints as 0 is explained once", () => {
  const messages = messagesOf(({ learning }) => {
    learning(1, { loss: 0.3, frac_reward_zero_std: 0 });
    learning(2, { loss: -1e-8, frac_reward_zero_std: 0.5 });
    learning(3, { loss: 0, frac_reward_zero_std: 0.5 });
  });
  expect(messages).toEqual([expect.stringMatching(/^The loss prints as 0, and that is right: .*ratio.* is 1/)]);
});

test("a step in which every group had equal rewards is not called right", () => {
  const messages = messagesOf(({ learning }) => {
    learning(4, { loss: 0, frac_reward_zero_std: 1 });
    learning(5, { loss: 0, frac_reward_zero_std: 1 });
  });
  expect(messages).toEqual([expect.stringMatching(/^In step 4 all completions of each prompt got the same reward/)]);
});

test("a step without a generation batch of its own says nothing of rewards", () => {
  expect(messagesOf(({ learning }) => learning(2, { loss: 0.1 }))).toEqual([]);
});

test("completions without a score are warned of once, with their share", () => {
  const messages = messagesOf(({ unscored }) => {
    unscored(0, 1);
    unscored(0.125, 2);
    unscored(0.5, 3);
  });
  expect(messages).toEqual([expect.stringMatching(/^12\.5 % of the completions of step 2 have no score/)]);
});

test("a sampler that drifts from the training pass is warned of now and then, with what to do", () => {
  const drifting = { "sampling/sampling_logp_difference/mean": 0.08, "sampling/dropped_fraction": 0.25 };
  const messages = messagesOf(({ drift }) => {
    drift(1, { "sampling/sampling_logp_difference/mean": 0.04, "sampling/dropped_fraction": 0.05 });
    for (let step = 2; step <= 150; step++) drift(step, drifting);
  });
  expect(messages).toHaveLength(2);
  expect(messages[0]).toMatch(
    /^Step 2: .* by 0\.080 on average, .* dropped 25\.0 % of the batch\..*rollout\.precision/,
  );
});

test("a reward that abstains is warned of once, with how many rows and its first reason", () => {
  const messages = messagesOf(({ abstained }) => {
    abstained([], 4, 1);
    abstained([{ reward: "correct", completions: 8, rows: 1, firstReason: 'the gold "?" cannot be read' }], 4, 2);
    abstained(
      [
        { reward: "correct", completions: 8, rows: 1 },
        { reward: "judge", completions: 3, rows: 2 },
      ],
      4,
      3,
    );
  });
  expect(messages).toEqual([
    expect.stringMatching(
      /^The reward "correct" abstained on 8 .* step 2, on 1 of its 4 rows; .* said: the gold "\?" cannot be read\. /,
    ),
    expect.stringMatching(/^The reward "judge" abstained on 3 .* step 3, on 2 of its 4 rows\. /),
  ]);
});

test("what a run warned of before it was interrupted is not told again", () => {
  const events: TrainEvent[] = [];
  const before = createNotices(() => {});
  before.abstained([{ reward: "correct", completions: 8, rows: 1 }], 4, 2);
  createNotices((event) => events.push(event), before.said()).abstained(
    [{ reward: "correct", completions: 8, rows: 1 }],
    4,
    3,
  );
  expect(events).toEqual([]);
});
