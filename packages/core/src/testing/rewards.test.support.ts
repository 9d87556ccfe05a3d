/** Small rewards that tests of the testing kit are about. */
import { z } from "zod";
import { defineReward } from "../define-reward.js";

/** Gives a reason and a metric, reads a column, has a param. */
export const endsWith = defineReward({
  name: "ends-with",
  description: "1 if the completion ends with the word, else 0.",
  columns: z.object({ word: z.string() }),
  params: z.object({ ignoreCase: z.boolean().default(false) }),
  range: [0, 1],
  score({ completion, columns }, { params }) {
    const fold = (text: string) => (params.ignoreCase ? text.toLowerCase() : text);
    const ends = fold(completion).endsWith(fold(columns.word));
    return {
      score: ends ? 1 : 0,
      reason: `looked for ${columns.word}`,
      metrics: { characters: completion.length },
    };
  },
});

/** Compares the completions of one prompt. */
export const shortest = defineReward({
  name: "shortest",
  description: "1 for the shortest completion of the group, else 0.",
  range: [0, 1],
  scoreGroup: (group) => {
    const least = Math.min(...group.map(({ completion }) => completion.length));
    return group.map(({ completion }) => (completion.length === least ? 1 : 0));
  },
});

/** Any reward of text alone. */
export const ofText = (
  score: (completion: string) => number | null,
  {
    range = [0, 1],
    deterministic = true,
  }: { range?: readonly [number | null, number | null]; deterministic?: boolean } = {},
) =>
  defineReward({
    name: "of-text",
    description: "What the function says.",
    range,
    deterministic,
    score: ({ completion }) => score(completion),
  });
