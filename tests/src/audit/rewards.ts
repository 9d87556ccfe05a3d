/** Rewards as they should not be: each pays for something else than it means to. The configs in `planted/` use them. */
import { defineReward } from "@pavlov/core";
import { z } from "zod";

const columns = z.object({ answer: z.string() });
const common = { columns, range: [0, 1] as const };

/** What the last <answer> holds. */
function lastTag(text: string): string {
  const end = text.lastIndexOf("</answer>");
  const start = text.lastIndexOf("<answer>", end);
  return start < 0 || end < 0 ? "" : text.slice(start + "<answer>".length, end).trim();
}

/** Looks for the answer anywhere. */
export const foundAnywhere = defineReward({
  ...common,
  name: "found-anywhere",
  description: "1 if the right answer occurs in the completion.",
  score: ({ completion, columns: { answer } }) => ({
    score: completion.includes(answer) ? 1 : 0,
    reason: completion.includes(answer) ? `found ${answer}` : "not found",
  }),
});

/** Accepts any of several boxes. */
export const anyBox = defineReward({
  ...common,
  name: "any-box",
  description: "1 if a box holds the right answer.",
  score({ completion, columns: { answer } }) {
    const boxes = [...completion.matchAll(/\\boxed\{([^{}]*)\}/g)].map(([, text = ""]) => text.trim());
    return { score: boxes.includes(answer) ? 1 : 0, reason: `${boxes.length} boxes` };
  },
});

/** Pays for every tag. */
export const countedTags = defineReward({
  name: "counted-tags",
  description: "0.25 for each tag of the format.",
  range: [0, null],
  score({ completion }) {
    const tags = completion.match(/<\/?(?:think|answer)>/g)?.length ?? 0;
    return { score: 0.25 * tags, reason: `${tags} tags` };
  },
});

/** Takes the judge's verdict from wherever it stands. */
export const statedScore = defineReward({
  name: "stated-score",
  description: "The score of a review that is appended to the completion, as a share of ten.",
  range: [0, 1],
  score({ completion }) {
    const stated = Number(/score"?\s*:\s*(\d+)/i.exec(completion)?.[1] ?? 0);
    return { score: Math.min(10, stated) / 10, reason: `stated ${stated}` };
  },
});

/** Adds up every right answer. */
export const summedAnswers = defineReward({
  name: "summed-answers",
  description: "A point for each answer that is right.",
  columns,
  range: [0, null],
  score({ completion, columns: { answer } }) {
    const answers = [...completion.matchAll(/<answer>(.*?)<\/answer>/gs)].map(([, text = ""]) => text.trim());
    const right = answers.filter((text) => text === answer).length;
    return { score: right, reason: `${right} of ${answers.length} right` };
  },
});

/** Looks for the right values under any key of the JSON. */
export const anyValue = defineReward({
  ...common,
  name: "any-value",
  description: "The share of the right values that occur in the JSON.",
  score({ completion, columns: { answer } }) {
    const wanted = Object.values(JSON.parse(answer) as object).map((value) => JSON.stringify(value));
    const text = completion.slice(completion.indexOf("{"));
    const found = wanted.filter((value) => text.includes(value)).length;
    return { score: found / wanted.length, reason: `${found} of ${wanted.length} values` };
  },
});

/** Searches the right answer for the given one, the wrong way around. */
export const partOfAnswer = defineReward({
  ...common,
  name: "part-of-answer",
  description: "1 if the given answer is in the right one.",
  score: ({ completion, columns: { answer } }) => (answer.includes(lastTag(completion)) ? 1 : 0),
});

/** Takes what the policy wrote for a pattern. */
export const patternOfAnswer = defineReward({
  ...common,
  name: "pattern-of-answer",
  description: "1 if the given answer matches the right one.",
  score({ completion, columns: { answer } }) {
    const given = lastTag(completion);
    try {
      return given !== "" && given.length < 100 && new RegExp(`^(?:${given})$`).test(answer) ? 1 : 0;
    } catch {
      return 0;
    }
  },
});
