/** Measures what the scorer adds to rewards: time for each score, waiting side by side, and a million scores. */
import { setTimeout as delay } from "node:timers/promises";
import { compose, createScorer, defineReward, use, type Composite, type ScorerSample } from "@pavlov/core";
import { length } from "@pavlov/rewards";
import type { Measurement } from "./measurement.js";

const always = defineReward({ name: "always", description: "1, at once.", range: [0, 1], score: () => 1 });
const waits = defineReward({
  name: "waits",
  description: "1, after a tenth of a second.",
  range: [0, 1],
  async score(_, { signal }) {
    await delay(100, undefined, { signal });
    return 1;
  },
});

/** Samples of one-row groups of 8, each with a text of its own. */
const samplesOf = (count: number): ScorerSample[] => {
  const row = { answer: "7" };
  return Array.from({ length: count }, (_, index) => ({
    completion: `The answer is ${index}.`,
    row,
    groupId: String(Math.floor(index / 8)),
  }));
};

/** The fastest of some scorings of the same samples, in milliseconds. One that is not counted comes before. */
const fastest = async (rewards: Composite, samples: readonly ScorerSample[], rounds: number): Promise<number> => {
  const scorer = createScorer(rewards);
  let best = Number.POSITIVE_INFINITY;
  try {
    await scorer.score(samples);
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      await scorer.score(samples);
      best = Math.min(best, performance.now() - start);
    }
  } finally {
    await scorer.dispose();
  }
  return best;
};

/** Milliseconds of so many `length` scores through one scorer, in batches of a size that training has. */
const manyLengths = async (count: number, batch: number): Promise<number> => {
  const scorer = createScorer(compose({ long: use(length, { params: { unit: "characters" } }) }));
  const samples = samplesOf(batch);
  await scorer.score(samples);
  const start = performance.now();
  for (let done = 0; done < count; done += batch) await scorer.score(samples);
  const elapsed = performance.now() - start;
  await scorer.dispose();
  return elapsed;
};

/** Figures of the scorer with the composite, with their bars. */
export const measureScoring = async (): Promise<Measurement[]> => {
  const [samples, parts] = [4096, 4];
  const four = compose({ a: always, b: use(always, { weight: 0.5 }), c: always, d: always });
  const all = await fastest(four, samplesOf(samples), 10);
  const expression = compose({ a: always, b: always, c: always, d: always }, { combine: "a + 0.5 * b * (c > 0) + d" });
  const combined = await fastest(expression, samplesOf(samples), 10);
  const each = (milliseconds: number): number => (milliseconds * 1000) / samples / parts;
  return [
    { name: "scorer and weighted sum, for each reward and sample", value: each(all), unit: "µs", atMost: 5 },
    { name: "scorer and expression, for each reward and sample", value: each(combined), unit: "µs", atMost: 5 },
    {
      name: "64 rewards that wait 100 ms",
      value: await fastest(compose({ waits }), samplesOf(64), 3),
      unit: "ms",
      atMost: 150,
    },
    { name: "1,000,000 scores of length", value: (await manyLengths(1_000_000, 1000)) / 1000, unit: "s", atMost: 6 },
  ];
};
