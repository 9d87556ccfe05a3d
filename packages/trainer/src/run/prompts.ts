/** Dataset rows as token ids, checked against the model's context before anything is generated. */
import { PavlovError, type Dataset, type DatasetRow, type Message } from "@pavlov/core";
import type { Tokenizer } from "../model/tokenizer.js";
import { createYielder } from "./event-loop.js";

/** One prompt, ready to generate from. */
export interface EncodedPrompt {
  readonly ids: readonly number[];
  /** The prompt as text: the chat template's output where it is a conversation. */
  readonly text: string;
  readonly messages: readonly Message[];
  readonly row: DatasetRow;
}

export interface ContextLimits {
  /** Positions of the model's context. */
  readonly maxPositions: number;
  /** Positions kept free for the completion. */
  readonly maxCompletionLength: number;
}

const checkLength = (row: DatasetRow, length: number, { maxPositions, maxCompletionLength }: ContextLimits): void => {
  const place = `${row.location.file}:${row.location.line}`;
  if (length === 0) throw new PavlovError(`The prompt at ${place} has no tokens.`, { hint: "Remove the row." });
  if (length + maxCompletionLength <= maxPositions) return;
  throw new PavlovError(
    `The prompt at ${place} has ${length} tokens; with maxCompletionLength ${maxCompletionLength} that is ` +
      `${length + maxCompletionLength}, and the model's context holds ${maxPositions}.`,
    {
      hint:
        length < maxPositions
          ? `Lower maxCompletionLength to ${maxPositions - length} or less, or remove the row.`
          : "Shorten the prompt or remove the row.",
    },
  );
};

/** A prompt as messages: a plain prompt is one user message. */
const promptMessages = (prompt: DatasetRow["prompt"]): readonly Message[] =>
  typeof prompt === "string" ? [{ role: "user", content: prompt }] : prompt;

/**
 * Encodes every row of a dataset.
 * @throws PavlovError naming file and line where prompt and completion do not fit the context.
 */
export const encodePrompts = async (
  dataset: Dataset,
  tokenizer: Tokenizer,
  limits: ContextLimits,
): Promise<readonly EncodedPrompt[]> => {
  const giveWay = createYielder();
  const prompts: EncodedPrompt[] = [];
  for (const row of dataset.rows) {
    const { ids, text } = tokenizer.encodePrompt(row.prompt);
    checkLength(row, ids.length, limits);
    prompts.push({ ids, text, messages: promptMessages(row.prompt), row });
    await giveWay();
  }
  return prompts;
};
