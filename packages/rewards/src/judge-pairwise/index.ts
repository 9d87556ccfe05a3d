// How often a completion beats the others of its prompt, as a language model compares them two by two. After ART's RULER,
// which shows a whole group at once.
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { askJudge, type JudgeCall, type JudgeState, judgeTraits, openJudge, requireKey } from "../judge/ask-judge.js";
import { judgeColumns, judgeParams } from "../judge/params.js";
import { dataRules, delimited, fingerprint, nonceFor, shownCompletion, surroundingData } from "../judge/question.js";
import type { UsageAccount } from "../judge/usage.js";
import { type Pair, pairsOf } from "./pairs.js";
import { type Compared, type Standing, standings } from "./standings.js";

const paramsSchema = z.strictObject({
  rubric: z
    .string()
    .min(1)
    .default("Which answer is more correct, complete and helpful.")
    .describe("What makes one answer better than another, in words."),
  comparisons: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      "Others that each completion is compared with, at least; which ones changes from group to group. Null: all.",
    ),
  bothOrders: z
    .boolean()
    .default(true)
    .describe(
      "Whether each two are shown in both orders, so that a judge's liking for the first or second cancels out.",
    ),
  ...judgeParams,
});

const verdict = z.strictObject({ winner: z.enum(["A", "B", "tie"]), reason: z.string() });

/** What the first of a pair earns. */
const points = { A: 1, tie: 0.5, B: 0 } as const;

/** A completion as the judge reads it. */
interface Shown {
  readonly text: string;
  readonly mark: string;
}

/** One pair as the judge is shown it. */
interface Comparison {
  readonly first: Shown;
  readonly second: Shown;
  readonly surroundings: object;
  readonly rubric: string;
  readonly seed: number;
}

/**
 * Each completion's share of wins over those that it is compared with, a tie counting one half. Equal completions tie
 * without being asked about. A group of one abstains. Where comparisons fail, the completions that they have in common
 * are errors, and the others have the scores that they would have without those.
 */
export const judgePairwise = defineReward({
  name: "judge-pairwise",
  description: "How often the completion beats the others of its prompt, as a language model compares them in pairs.",
  columns: z.object(judgeColumns),
  params: paramsSchema,
  ...judgeTraits,
  range: [0, 1],
  version: "1",
  setup({ params, env }) {
    requireKey(params.baseUrl, env);
    return openJudge(params);
  },
  async scoreGroup(group, { params, state, seed, ...context }) {
    const [sample] = group;
    if (sample === undefined) return [];
    if (group.length === 1) return [{ score: null, reason: "no other completion to compare with" }];
    const { columns, messages } = sample;
    const shown = group.map(({ completion }): Shown => {
      const text = shownCompletion(completion, params);
      return { text, mark: fingerprint(text) };
    });
    const shared = {
      surroundings: surroundingData({ messages, answer: columns.answer }),
      rubric: columns.rubric ?? params.rubric,
      seed,
    };
    const giveUp = new AbortController();
    const call = { ...context, params, signal: AbortSignal.any([context.signal, giveUp.signal]) };
    const account = state.ledger.open();
    const compare = async ([one, other]: Pair): Promise<number> => {
      const [first, second] = [shown[one], shown[other]];
      if (first === undefined || second === undefined || first.text === second.text) return 0.5;
      const asked = { ...shared, first, second };
      const forth = askForPoints(asked, account, state, call);
      if (!params.bothOrders) return forth;
      const back = askForPoints({ ...asked, first: second, second: first }, account, state, call);
      const [gained, lost] = await Promise.all([forth, back]);
      return (gained + 1 - lost) / 2;
    };
    let succeeded = 0;
    let failed = 0;
    const attempt = async (pair: Pair): Promise<Compared> => {
      try {
        const gained = await compare(pair);
        succeeded += 1;
        return gained;
      } catch (thrown) {
        const problem = thrown instanceof Error ? thrown : new Error(String(thrown));
        failed += 1;
        // A judge that has answered nothing so far will hardly answer the rest.
        if (succeeded === 0 && failed >= group.length) giveUp.abort(problem);
        return problem;
      }
    };
    const pairs = pairsOf(group.length, params.comparisons, seed);
    const results = await Promise.all(pairs.map(attempt));
    const found = standings(group.length, pairs, results);
    const first = found.findIndex((standing) => !(standing instanceof Error));
    const usage = first < 0 || context.signal.aborted ? undefined : state.ledger.settle(account);
    if (usage === undefined) state.ledger.leave(account);
    context.signal.throwIfAborted();
    return found.map((standing, place) => {
      if (standing instanceof Error) return standing;
      return { ...resultOf(standing), ...(place === first && usage && { usage }) };
    });
  },
});

const resultOf = ({ won, games }: Standing) => ({
  score: won / games,
  reason: `${Number(won.toFixed(2))} of ${games} comparisons won`,
});

async function askForPoints(
  { first, second, surroundings, rubric, seed }: Comparison,
  account: UsageAccount,
  state: JudgeState,
  call: JudgeCall,
): Promise<number> {
  const data = { ...surroundings, answer_A: first.text, answer_B: second.text };
  const judged = [first.text, second.text];
  const question = (attempt: number) => {
    const nonce = nonceFor(seed, attempt, first.mark, second.mark);
    return { system: systemPrompt(rubric, nonce), user: delimited(data, nonce), verdict, judged };
  };
  const { winner } = await askJudge(question, account, state, call);
  return points[winner];
}

function systemPrompt(rubric: string, nonce: string): string {
  return [
    "You compare two answers to one task by a rubric.",
    `Rubric:\n${rubric}`,
    dataRules(nonce),
    'Say which of "answer_A" and "answer_B" is better. Their order is random and means nothing, and neither does length ' +
      "by itself. End your reply with one JSON object of exactly this shape, and nothing after it: " +
      '{"winner": "A" or "B" or "tie", "reason": "<one or two sentences>"}',
  ].join("\n\n");
}
