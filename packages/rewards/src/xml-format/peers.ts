// The format rewards of verifiers and mlx-lm-lora, as they score there.
import type { ScoreResult } from "@pavlov/core";
import { codePointCount, strip } from "../python-text.js";
import type { Field } from "./elements.js";

/**
 * As `XMLParser.get_format_reward_func` of verifiers (verifiers/parsers/xml_parser.py) for one message: 0.4 times the
 * share of fields with a tag, if one of them is closed; 0.2 for beginning with the first field's tag; 0.2 for ending
 * with the last one's; and the 0.2 for spacing, which nothing can lose there.
 */
export function scoreOfVerifiers(completion: string, fields: readonly Field[]): ScoreResult {
  const isClosed = (name: string): boolean => {
    const open = completion.indexOf(`<${name}>`);
    return open >= 0 && completion.includes(`</${name}>`, open + name.length + 2);
  };
  const hasTag = (name: string): boolean => completion.includes(`<${name}>`) || completion.includes(`</${name}>`);
  const text = strip(completion);
  const present = fields.filter((names) => names.some(hasTag)).length;
  const share = fields.flat().some(isClosed) ? present / fields.length : 0;
  const begins = fields[0]?.some((name) => text.startsWith(`<${name}>`)) ?? false;
  const ends = fields.at(-1)?.some((name) => text.endsWith(`</${name}>`)) ?? false;
  return {
    score: Math.min(1, 0.4 * share + 0.2 + (begins ? 0.2 : 0) + (ends ? 0.2 : 0)),
    reason:
      `${present} of ${fields.length} fields have tags; ${begins ? "begins" : "does not begin"} with the first, ` +
      `${ends ? "ends" : "does not end"} with the last`,
  };
}

/** Whether a text occurs exactly once; overlapping occurrences count once, as for Python's `str.count`. */
const occursOnce = (text: string, part: string): boolean => {
  const first = text.indexOf(part);
  return first >= 0 && !text.includes(part, first + part.length);
};

/**
 * As `r1_count_xml` of mlx-lm-lora (mlx_lm_lora/trainer/grpo_reward_functions.py), which knows think and answer: 0.5
 * shared out over the tags, each counting if it occurs once, the first with a line break after it; less 0.001 for each
 * character after the last closing tag, or for all of them where there is none.
 */
export function countOfTags(completion: string, fields: readonly Field[]): ScoreResult {
  const once = (parts: readonly string[]): boolean => parts.some((part) => occursOnce(completion, part));
  let tags = 0;
  for (const [index, names] of fields.entries()) {
    if (once(names.map((name) => `<${name}>${index === 0 ? "\n" : ""}`))) tags += 1;
    if (once(names.map((name) => `</${name}>`))) tags += 1;
  }
  const ends = (fields.at(-1) ?? []).map((name) => {
    const at = completion.lastIndexOf(`</${name}>`);
    return at < 0 ? 0 : at + name.length + 3;
  });
  const trailing = codePointCount(completion.slice(Math.max(0, ...ends)));
  const score = (tags * 0.5) / (2 * fields.length) - trailing * 0.001;
  return {
    score: Math.max(0, score),
    reason: `${tags} of ${2 * fields.length} tags once, ${trailing} characters after the last`,
  };
}
