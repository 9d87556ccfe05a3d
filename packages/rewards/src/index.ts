// The rewards that come with Pavlov: one plugin, written with nothing but the public SDK.
import { definePlugin } from "@pavlov/core";
import { classifier } from "./classifier/index.js";
import { code } from "./code/index.js";
import { codeFormat } from "./code-format/index.js";
import { cosineScaled } from "./cosine-scaled/index.js";
import { command } from "./command/index.js";
import { exactAnswer } from "./exact-answer/index.js";
import { http } from "./http/index.js";
import { integer } from "./integer/index.js";
import { judgePairwise } from "./judge-pairwise/index.js";
import { judge } from "./judge/index.js";
import { jsonMatch } from "./json-match/index.js";
import { jsonSchema } from "./json-schema/index.js";
import { keywords } from "./keywords/index.js";
import { kimiLength } from "./kimi-length/index.js";
import { languageConsistency } from "./language-consistency/index.js";
import { length } from "./length/index.js";
import { listMatch } from "./list-match/index.js";
import { math } from "./math/index.js";
import { multipleChoice } from "./multiple-choice/index.js";
import { reasoningAccuracy } from "./reasoning-accuracy/index.js";
import { reasoningSteps } from "./reasoning-steps/index.js";
import { regex } from "./regex/index.js";
import { repetitionPenalty } from "./repetition-penalty/index.js";
import { similarity } from "./similarity/index.js";
import { softOverlongPunishment } from "./soft-overlong-punishment/index.js";
import { tagCount } from "./tag-count/index.js";
import { targetLength } from "./target-length/index.js";
import { thinkAnswer } from "./think-answer/index.js";
import { thinkFormat } from "./think-format/index.js";
import { xmlFormat } from "./xml-format/index.js";

export {
  classifier,
  code,
  codeFormat,
  command,
  cosineScaled,
  exactAnswer,
  integer,
  jsonMatch,
  jsonSchema,
  keywords,
  kimiLength,
  languageConsistency,
  length,
  listMatch,
  math,
  multipleChoice,
  reasoningAccuracy,
  reasoningSteps,
  regex,
  repetitionPenalty,
  similarity,
  softOverlongPunishment,
  tagCount,
  targetLength,
  thinkAnswer,
  thinkFormat,
  xmlFormat,
  judge,
  judgePairwise,
  http,
};

/** The built-in plugin. Its namespace may be left out where a reward is named. */
export default definePlugin({
  namespace: "pavlov",
  rewards: {
    length,
    "target-length": targetLength,
    regex,
    "think-answer": thinkAnswer,
    "think-format": thinkFormat,
    "tag-count": tagCount,
    "reasoning-steps": reasoningSteps,
    "repetition-penalty": repetitionPenalty,
    "soft-overlong-punishment": softOverlongPunishment,
    "code-format": codeFormat,
    classifier,
    code,
    command,
    "json-match": jsonMatch,
    "json-schema": jsonSchema,
    keywords,
    math,
    "multiple-choice": multipleChoice,
    "xml-format": xmlFormat,
    integer,
    "list-match": listMatch,
    similarity,
    "language-consistency": languageConsistency,
    "reasoning-accuracy": reasoningAccuracy,
    "cosine-scaled": cosineScaled,
    "kimi-length": kimiLength,
    "exact-answer": exactAnswer,
    judge,
    "judge-pairwise": judgePairwise,
    http,
  },
});
