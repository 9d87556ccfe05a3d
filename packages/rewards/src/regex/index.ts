// 1 if a pattern matches the completion: the format reward of most courses, with a pattern of one's own.
import { defineReward, PavlovError } from "@pavlov/core";
import { z } from "zod";
import { quote } from "../quote.js";
import { createMatcher } from "./matchers.js";

const settings = z
  .strictObject({
    pattern: z
      .string()
      .min(1)
      .default("^<think>.*?</think><answer>.*?</answer>$")
      .describe("A regular expression with the meaning it has in Python's re: $ also matches before a final newline."),
    flags: z
      .string()
      .regex(/^[ims]*$/, "flags may hold i (ignore case), m (^ and $ match at lines) and s (. matches newlines)")
      .default("")
      .describe(
        "i: ignore case. m: ^ and $ match at each line. s: the dot matches newlines, which it does not without.",
      ),
    match: z
      .enum(["anywhere", "start", "whole"])
      .default("anywhere")
      .describe("Where the pattern must match, as Python's re.search, re.match and re.fullmatch."),
    engine: z
      .enum(["re2", "v8"])
      .default("re2")
      .describe(
        "re2: linear time on any text, without lookaround and back-references. " +
          "v8: JavaScript's own syntax and meaning in Unicode mode, under a time limit.",
      ),
    timeLimit: z
      .number()
      .int()
      .positive()
      .max(60_000)
      .default(1000)
      .describe("Milliseconds that the v8 engine may spend on one completion; more is an error. re2 needs no limit."),
  })
  .superRefine((params, context) => {
    // A pattern that cannot run is refused where the config is read, not at the first completion.
    try {
      createMatcher(params);
    } catch (thrown) {
      if (!PavlovError.isInstance(thrown)) throw thrown;
      context.addIssue({ code: "custom", path: ["pattern"], message: thrown.message });
    }
  });

/** 1 if the pattern matches, else 0. User-supplied patterns run in linear time unless asked otherwise. */
export const regex = defineReward({
  name: "regex",
  description: "1 if a regular expression matches the completion, else 0.",
  params: settings,
  range: [0, 1],
  setup({ params }) {
    return createMatcher(params);
  },
  score({ completion }, { params, state: matches }) {
    const matched = matches(completion);
    return {
      score: matched ? 1 : 0,
      reason: `${quote(params.pattern)} ${matched ? "matches" : "does not match"}`,
    };
  },
});
