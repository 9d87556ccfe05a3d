// The rewards that come with Pavlov: one plugin, written with nothing but the public SDK.
import { definePlugin } from "@pavlov/core";
import { exactAnswer } from "./exact-answer/index.js";
import { length } from "./length/index.js";
import { regex } from "./regex/index.js";
import { targetLength } from "./target-length/index.js";
import { thinkAnswer } from "./think-answer/index.js";

export { exactAnswer, length, regex, targetLength, thinkAnswer };

/** The built-in plugin. Its namespace may be left out where a reward is named. */
export default definePlugin({
  namespace: "pavlov",
  rewards: {
    length,
    "target-length": targetLength,
    regex,
    "think-answer": thinkAnswer,
    "exact-answer": exactAnswer,
  },
});
