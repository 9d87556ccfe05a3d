// Scores that a program of your own gives, in any language, over its standard input and output.
import { defineReward, PavlovError } from "@pavlov/core";
import { z } from "zod";
import { createConversation } from "./conversation.js";

const tokenVariable = "PAVLOV_COMMAND_TOKEN";

const settings = z
  .strictObject({
    command: z
      .array(z.string(), { error: 'must be a list, such as ["python3", "score.py"]: no shell reads it' })
      .default([])
      .describe("The program and its arguments, as a list; no shell reads it. Needed."),
    cwd: z.string().min(1).nullable().default(null).describe("The program's working directory; null for this one."),
    timeout: z
      .int()
      .min(10)
      .max(2 ** 31 - 1)
      .default(60_000)
      .describe("Milliseconds that the program may be silent while an answer is due; after its start, too."),
    restart: z.boolean().default(true).describe("Whether the program is started anew when it has ended."),
    minimum: z.number().nullable().default(null).describe("The lowest score that the program gives; null for none."),
    maximum: z.number().nullable().default(null).describe("The highest score that the program gives; null for none."),
  })
  .refine(({ minimum, maximum }) => minimum === null || maximum === null || minimum <= maximum, {
    message: "must not be above maximum",
    path: ["minimum"],
  });

/** What the program's environment has of this one's, beside the token. */
function environment(token: string | undefined): Record<string, string> {
  const names = process.platform === "win32" ? ["PATH", "HOME", "USERPROFILE", "SystemRoot"] : ["PATH", "HOME"];
  const kept = names.flatMap((name): [string, string][] => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(kept), ...(token !== undefined && { [tokenVariable]: token }) };
}

/**
 * Writes each sample as a line of JSON to a program and reads a line of JSON for it: a number, null, `{ score, reason,
 * metrics }`, or `{ error }`. Of the dataset it writes the columns that the use maps, and no others. The program is
 * started once and kept. A program that repeats the `id` of each sample is sent several at once and may answer in any
 * order; another one is sent the next sample when it has answered the last. Where it ends, falls silent or writes
 * something else, the sample that it does so on is an error, and never a score.
 */
export const command = defineReward({
  name: "command",
  description: "The score that a program gives: it reads samples as lines of JSON and writes a line for each.",
  columns: z.looseObject({}),
  params: settings,
  readsIfPresent: ["prompt", "messages", "finishReason"],
  range: ({ minimum, maximum }) => [minimum, maximum],
  deterministic: false,
  envIfPresent: [tokenVariable],
  needs: ["subprocess"],
  async setup({ params, env, log }) {
    if (params.command.length === 0 || params.command[0] === "") {
      throw new PavlovError("There is no program to score with: the param command is empty.", {
        hint: 'Give the program and its arguments as a list, such as ["python3", "score.py"].',
      });
    }
    const conversation = createConversation({ ...params, env: environment(env[tokenVariable]), log });
    await conversation.start();
    return conversation;
  },
  dispose: (conversation) => conversation.dispose(),
  async score({ completion, prompt, messages, finishReason, columns }, { state, signal }) {
    return state.ask({ completion, prompt, messages, finishReason, columns }, signal);
  },
});
