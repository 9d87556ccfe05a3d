/** Rewards against scores that TRL's and Open R1's own functions gave to awkward completions, through the scorer. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { compose, createScorer, use, type UsedReward } from "@pavlov/core";
import {
  codeFormat,
  reasoningSteps,
  repetitionPenalty,
  softOverlongPunishment,
  tagCount,
  thinkAnswer,
  thinkFormat,
} from "@pavlov/rewards";
import type { ParityCheck } from "./losses.js";

/** A completion as the peer was given it, and its score. */
type Case = readonly [completion: string | number | readonly number[], score: number];

/** The reward that stands for each of a file's functions, by the name that the file gives it. */
const trl: Readonly<Record<string, UsedReward<object>>> = {
  think_format: use(thinkFormat),
  "soft_overlong(100,20)": use(softOverlongPunishment, { params: { maxCompletionLength: 100, softPunishCache: 20 } }),
  "repetition(ngram=2,max=-1)": use(repetitionPenalty, { params: { ngramSize: 2 } }),
};
const openR1: Readonly<Record<string, UsedReward<object>>> = {
  format: use(thinkAnswer, { params: { mode: "open-r1" } }),
  tag_count: use(tagCount),
  "code_format(python)": use(codeFormat, { params: { answerTags: true } }),
  reasoning_steps: use(reasoningSteps, { params: { preset: "open-r1" } }),
  "repetition(n=3,max=-1)": use(repetitionPenalty, { params: { unit: "words" } }),
};

/** A text, the ids of its tokens, or how many tokens it has. */
const sampleOf = (completion: Case[0]) => {
  if (typeof completion === "string") return { completion };
  const tokenIds = typeof completion === "number" ? Array.from({ length: completion }, (_, id) => id) : [...completion];
  return { completion: "", tokenIds };
};

const check = async (name: string, reward: UsedReward<object>, cases: readonly Case[]): Promise<ParityCheck> => {
  const scorer = createScorer(compose({ reward }));
  const samples = cases.map(([completion]) => ({ ...sampleOf(completion), groupId: "0", row: {} }));
  const { scores } = await scorer.score(samples);
  await scorer.dispose();
  const distances = cases.map(([, expected], index) => Math.abs((scores[index]?.[0] ?? Number.NaN) - expected));
  const wrong = cases.filter((_, index) => !((distances[index] as number) <= 1e-12));
  const detail =
    wrong.length === 0
      ? `${cases.length} completions, largest deviation ${Math.max(...distances).toExponential(1)}`
      : wrong.map(([completion, score]) => `${JSON.stringify(completion)} scored ${score} there`).join("; ");
  return { name, passed: wrong.length === 0 && cases.length > 0, detail };
};

/** One check for each function of the peers that has its reward. */
export const checkRewards = async (folder: string): Promise<ParityCheck[]> => {
  const read = async (file: string): Promise<unknown> => JSON.parse(await readFile(join(folder, file), "utf8"));
  const ofTrl = (await read("trl-grpo.json")) as { readonly rewards: Readonly<Record<string, readonly Case[]>> };
  const ofOpenR1 = (await read("open-r1-rewards.json")) as Readonly<Record<string, readonly Case[]>>;
  const checks: ParityCheck[] = [];
  for (const [peer, rewards, golden] of [
    ["TRL", trl, ofTrl.rewards],
    ["Open R1", openR1, ofOpenR1],
  ] as const) {
    for (const [name, reward] of Object.entries(rewards)) {
      checks.push(await check(`${peer}'s ${name}`, reward, golden[name] ?? []));
    }
  }
  return checks;
};
