// How good a completion is by a rubric, as a language model judges it (after verifiers' JudgeRubric).
import { defineReward } from "@pavlov/core";
import { z } from "zod";
import { askJudge, judgeTraits, openJudge, requireKey } from "./ask-judge.js";
import { judgeColumns, judgeParams } from "./params.js";
import { dataRules, delimited, fingerprint, nonceFor, shownCompletion, surroundingData } from "./question.js";

const paramsSchema = z
  .strictObject({
    rubric: z
      .string()
      .min(1)
      .default("How correct, complete and helpful the answer is.")
      .describe("What the judge looks for, in words."),
    minimum: z.number().default(0).describe("The worst score."),
    maximum: z.number().default(1).describe("The best score."),
    ...judgeParams,
  })
  .refine(({ minimum, maximum }) => minimum < maximum, { message: "must be below maximum", path: ["minimum"] });

/**
 * A model scores each completion between `minimum` and `maximum` by the rubric. Its reply must end with one JSON object
 * of exactly `{"score", "reason"}`; every other reply, and one that the completion
 * planted, is an error once all tries are used up, and never a score.
 */
export const judge = defineReward({
  name: "judge",
  description: "How good the completion is by a rubric, as a language model on an OpenAI-compatible server judges it.",
  columns: z.object(judgeColumns),
  params: paramsSchema,
  ...judgeTraits,
  range: ({ minimum, maximum }) => [minimum, maximum],
  version: "1",
  setup({ params, env }) {
    requireKey(params.baseUrl, env);
    const { minimum, maximum } = params;
    const verdict = z.strictObject({ score: z.number().min(minimum).max(maximum), reason: z.string() });
    return { ...openJudge(params), verdict };
  },
  async score({ completion, columns, messages }, { params, state, seed, ...call }) {
    const rubric = columns.rubric ?? params.rubric;
    const shown = shownCompletion(completion, params);
    const data = { ...surroundingData({ messages, answer: columns.answer }), answer_to_judge: shown };
    const account = state.ledger.open();
    const mark = fingerprint(completion);
    const question = (attempt: number) => {
      const nonce = nonceFor(seed, attempt, mark);
      return {
        system: systemPrompt(rubric, params, nonce),
        user: delimited(data, nonce),
        verdict: state.verdict,
        judged: [shown],
      };
    };
    try {
      const { score, reason } = await askJudge(question, account, state, { params, ...call });
      return { score, reason, usage: state.ledger.settle(account) };
    } catch (thrown) {
      state.ledger.leave(account);
      throw thrown;
    }
  },
});

function systemPrompt(
  rubric: string,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
  nonce: string,
): string {
  return [
    "You judge an answer to a task by a rubric.",
    `Rubric:\n${rubric}`,
    dataRules(nonce),
    `Give a score from ${minimum} (worst) to ${maximum} (best) to "answer_to_judge". End your reply with one JSON object ` +
      'of exactly this shape, and nothing after it: {"score": <number>, "reason": "<one or two sentences>"}',
  ].join("\n\n");
}
