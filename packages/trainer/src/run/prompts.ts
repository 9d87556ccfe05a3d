/** Dataset rows as token ids, checked against the model's context before anything is generated. */
import { PavlovError, type Dataset, type DatasetRow, type Message } from "@pavlov/core";
import type { JsonObject } from "../model/config.js";
import type { EncodedText, Tokenizer } from "../model/tokenizer.js";
import { createYielder } from "./event-loop.js";

/** One prompt, ready to generate from. */
export interface EncodedPrompt {
  readonly ids: readonly number[];
  /** The prompt as text: the chat template's output where it is a conversation. */
  readonly text: string;
  readonly messages: readonly Message[];
  readonly row: DatasetRow;
}

/** What a prompt's tokens depend on beside its row. */
export interface PromptOptions {
  /** Rows of the model's embeddings, which every token id must be below. Default: as many as the tokenizer has ids. */
  readonly vocabularySize?: number;
  /** Values for the chat template. */
  readonly chatTemplateKwargs?: JsonObject;
}

/** What a prompt must fit. */
export interface ContextLimits {
  /** Positions of the model's context. */
  readonly maxPositions: number;
  /** Positions kept free for the completion. */
  readonly maxCompletionLength: number;
}

/** The limits of a loaded model and the options of a task. */
export const promptLimits = (
  { maxPositions, vocabularySize }: { readonly maxPositions: number; readonly vocabularySize: number },
  config: { readonly maxCompletionLength: number; readonly chatTemplateKwargs: JsonObject },
): PromptOptions & ContextLimits => ({
  maxPositions,
  vocabularySize,
  maxCompletionLength: config.maxCompletionLength,
  chatTemplateKwargs: config.chatTemplateKwargs,
});

const placeOf = ({ location }: DatasetRow): string => `${location.file}:${location.line}`;

const checkLength = (row: DatasetRow, length: number, { maxPositions, maxCompletionLength }: ContextLimits): void => {
  if (length + maxCompletionLength <= maxPositions) return;
  throw new PavlovError(
    `The prompt at ${placeOf(row)} has ${length} tokens; with maxCompletionLength ${maxCompletionLength} that is ` +
      `${length + maxCompletionLength}, and the model's context holds ${maxPositions}.`,
    {
      hint:
        length < maxPositions
          ? `Lower maxCompletionLength to ${maxPositions - length} or less, or remove the row.`
          : "Shorten the prompt or remove the row.",
    },
  );
};

/**
 * Encodes the prompt of one row.
 * @throws PavlovError naming file and line where it has no tokens, where the chat template refuses it, or where it has
 * a token that the model has no embedding for.
 */
export const encodeRowPrompt = (
  row: DatasetRow,
  tokenizer: Tokenizer,
  { vocabularySize = tokenizer.vocabularySize, chatTemplateKwargs }: PromptOptions,
): EncodedText => {
  let encoded: EncodedText;
  try {
    encoded = tokenizer.encodePrompt(row.prompt, chatTemplateKwargs);
  } catch (error) {
    if (!PavlovError.isInstance(error)) throw error;
    throw new PavlovError(`The prompt at ${placeOf(row)}: ${error.message}`, { hint: error.hint, cause: error });
  }
  if (encoded.ids.length === 0) {
    throw new PavlovError(`The prompt at ${placeOf(row)} has no tokens.`, { hint: "Remove the row." });
  }
  const beyond = encoded.ids.find((id) => id >= vocabularySize);
  if (beyond === undefined) return encoded;
  const token = JSON.stringify(tokenizer.decode([beyond], { keepSpecialTokens: true }));
  throw new PavlovError(
    `The prompt at ${placeOf(row)} has the token ${beyond}, ${token}, but the model has embeddings for ` +
      `${vocabularySize} tokens only; its tokenizer has ${tokenizer.vocabularySize}.`,
    { hint: "Remove the token from the prompt, or take tokenizer.json and the weights from the same model." },
  );
};

/** A prompt as messages: a plain prompt is one user message. */
const promptMessages = (prompt: DatasetRow["prompt"]): readonly Message[] =>
  typeof prompt === "string" ? [{ role: "user", content: prompt }] : prompt;

/**
 * Encodes every row of a dataset.
 * @throws PavlovError naming file and line where a prompt cannot be encoded, or does not fit the context together with
 * its completion.
 */
export const encodePrompts = async (
  dataset: Dataset,
  tokenizer: Tokenizer,
  options: PromptOptions & ContextLimits,
): Promise<readonly EncodedPrompt[]> => {
  const giveWay = createYielder();
  const prompts: EncodedPrompt[] = [];
  for (const row of dataset.rows) {
    const { ids, text } = encodeRowPrompt(row, tokenizer, options);
    checkLength(row, ids.length, options);
    prompts.push({ ids, text, messages: promptMessages(row.prompt), row });
    await giveWay();
  }
  return prompts;
};
