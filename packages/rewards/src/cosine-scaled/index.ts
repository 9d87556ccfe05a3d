// Right or wrong, scaled by the length along a cosine: short right answers earn most, short wrong ones least.
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { answerColumn, comparisonParam, correctnessOf } from "../correctness.js";
import { lengthInWords, type LengthUnit, measureLength } from "../length-unit.js";
import { optionsOf } from "../math/params.js";

/** The four scores at the schedule's ends. */
interface Values {
  readonly minValueWrong: number;
  readonly maxValueWrong: number;
  readonly minValueCorrect: number;
  readonly maxValueCorrect: number;
}

interface Schedule extends Values {
  readonly unit: LengthUnit;
  /** Whether the cosine goes on beyond `maxLength`, and an answer of the dataset that cannot be read earns 1. */
  readonly openR1: boolean;
}

const TRL: Schedule = {
  minValueWrong: -1,
  maxValueWrong: -0.5,
  minValueCorrect: 0.5,
  maxValueCorrect: 1,
  unit: "tokens",
  openR1: false,
};

const PRESETS: Readonly<Record<"trl" | "open-r1", Schedule>> = {
  trl: TRL,
  "open-r1": { ...TRL, minValueWrong: 0, maxValueWrong: -0.5, unit: "characters", openR1: true },
};

const value = (text: string) => z.number().optional().describe(text);

const paramsSchema = z.strictObject({
  preset: z
    .enum(["trl", "open-r1"])
    .default("trl")
    .describe(
      "Whose defaults hold. open-r1: its command line's; the cosine goes on beyond maxLength, so that longer " +
        "completions earn more again, and rows whose answer cannot be read earn 1 instead of abstaining.",
    ),
  maxLength: z.number().int().positive().default(1000).describe("The length at which the schedule ends."),
  minValueWrong: value("A wrong answer of no length. Default -1, or 0 with open-r1."),
  maxValueWrong: value("A wrong answer of maxLength. Default -0.5."),
  minValueCorrect: value("A right answer of maxLength. Default 0.5."),
  maxValueCorrect: value("A right answer of no length. Default 1."),
  unit: z
    .enum(["characters", "words", "tokens"])
    .optional()
    .describe("What is counted: tokens, words or characters. Default tokens, or characters with open-r1."),
  math: comparisonParam,
});

function scheduleOf({ preset, math: _math, maxLength: _length, ...given }: z.output<typeof paramsSchema>): Schedule {
  const named = Object.fromEntries(Object.entries(given).filter(([, each]) => each !== undefined));
  return { ...PRESETS[preset], ...named };
}

/**
 * `low + (high − low) / 2 · (1 + cos(π · length / maxLength))`, from `maxValueCorrect` down to `minValueCorrect` for
 * right answers, and from `minValueWrong` up to `maxValueWrong` for wrong ones. Abstains where the column `answer` is
 * empty or cannot be read. As `get_cosine_scaled_reward` of TRL 1.16 (trl/rewards/accuracy_rewards.py), or of Open R1
 * (src/open_r1/rewards.py); after Yeo et al., 2025, appendix C.1.
 */
export const cosineScaled = defineReward({
  name: "cosine-scaled",
  description:
    "Right or wrong as mathematics, scaled by length: short right answers earn most, short wrong ones least.",
  columns: z.object({ answer: answerColumn }),
  params: paramsSchema,
  readsIfPresent: ["tokenIds"],
  range: (params) => {
    const { minValueWrong, maxValueWrong, minValueCorrect, maxValueCorrect, openR1 } = scheduleOf(params);
    const ends = [minValueWrong, maxValueWrong, minValueCorrect, maxValueCorrect, ...(openR1 ? [1] : [])];
    return [Math.min(...ends), Math.max(...ends)];
  },
  setup: ({ params }) => ({ schedule: scheduleOf(params), options: optionsOf(params.math) }),
  score(sample, { params: { maxLength }, state: { schedule, options } }) {
    const { correct, reason } = correctnessOf(sample.columns.answer, sample.completion, options);
    if (correct === undefined) return { score: schedule.openR1 ? 1 : null, reason };
    const length = measureLength(sample, schedule.unit);
    const progress = schedule.openR1 ? length / maxLength : Math.min(length / maxLength, 1);
    const [low, high] = correct
      ? [schedule.minValueCorrect, schedule.maxValueCorrect]
      : [schedule.maxValueWrong, schedule.minValueWrong];
    // Rounding must not carry a score over the schedule's ends, nor leave it at -0.
    const scaled = low + 0.5 * (high - low) * (1 + Math.cos(progress * Math.PI));
    return {
      score: 0 + Math.min(Math.max(scaled, Math.min(low, high)), Math.max(low, high)),
      reason: `${reason}; ${lengthInWords(length, schedule.unit)} of ${maxLength}`,
      metrics: { correct: correct ? 1 : 0, length },
    };
  },
});
