import { fileURLToPath } from "node:url";
import { compose, datasetFromRows, defineReward, use } from "@pavlov/core";
import type { TrainEvent } from "@pavlov/trainer";
import { expect, test } from "vitest";
import { evaluateSchema } from "./config-parts.js";
import { measure, type MeasureOptions } from "./measure.js";

const dataset = datasetFromRows([{ prompt: "522+768=" }, { prompt: "939-666=" }], { name: "heldout" });
const short = defineReward({ name: "short", description: "1 for few characters.", range: [0, 1], score: () => 1 });
const flaky = defineReward({
  name: "flaky",
  description: "Fails on the last of four completions.",
  range: [0, 1],
  score({ index }) {
    if (index === 3) throw new Error("the judge is away");
    return 1;
  },
});
const rewards = compose({ short: use(short), flaky: use(flaky) });

function options(rule: Readonly<Record<string, number>>, changes: Partial<MeasureOptions> = {}) {
  const events: TrainEvent[] = [];
  const given: MeasureOptions = {
    model: fileURLToPath(new URL("../../../models/arithmetic", import.meta.url)),
    settings: evaluateSchema.parse({ numGenerations: 2, greedy: false }),
    ...{ rewards, dataset, rule, maxCompletionLength: 4 },
    signal: new AbortController().signal,
    onEvent: (event) => events.push(event),
    ...changes,
  };
  return { given, events };
}

test("completions that a reward failed on are left out of the rates, and told of", async () => {
  const { given, events } = options({ flaky: 1 }, { onError: "drop" });
  const { sampled, rewards: means, completions } = await measure(given);
  expect(completions).toHaveLength(4);
  expect([sampled, means]).toEqual([1, { short: 1, flaky: 1 }]);
  expect(events.filter(({ type }) => type === "warning")).toEqual([
    { type: "warning", message: expect.stringMatching(/failed on 1 of 4 held-out completions.*the judge is away/) },
  ]);
});

test("rewards that abstain are counted, and told of once, with how many rows and why", async () => {
  const unsure = defineReward({
    name: "unsure",
    description: "Abstains on the first row.",
    range: [0, 1],
    score: ({ index }) => (index < 2 ? { score: null, reason: "the gold answer cannot be read." } : 1),
  });
  const { given, events } = options({ unsure: 1 }, { rewards: compose({ short: use(short), unsure: use(unsure) }) });
  const told = new Set<string>();
  const { sampled, abstained, rewards: means } = await measure({ ...given, told });
  expect(abstained).toEqual({ unsure: { completions: 2, rows: 1, firstReason: "the gold answer cannot be read." } });
  expect([sampled, means]).toEqual([0.5, { short: 1, unsure: 1 }]);
  const message =
    'The reward "unsure" abstained on 2 of 4 held-out completions, on 1 of 2 rows; of the first it said: the gold ' +
    "answer cannot be read. They are left out of its mean, and count as no success.";
  expect(events.filter(({ type }) => type === "warning")).toEqual([{ type: "warning", message }]);
  await measure({ ...given, told });
  expect(events.filter(({ type }) => type === "warning")).toHaveLength(1);
});

test("a reward that fails ends the measurement unless it is told to go on", async () => {
  await expect(measure(options({ flaky: 1 }).given)).rejects.toThrow(/the judge is away/);
});

test("the greedy completion is measured where it is asked for and a rule says what a success is", async () => {
  const settings = evaluateSchema.parse({});
  expect(await measure(options({ short: 1 }, { settings }).given)).toMatchObject({ sampled: 1, greedy: 1 });
});
