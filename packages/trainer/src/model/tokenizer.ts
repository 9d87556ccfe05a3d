// A model's tokenizer, read from its folder and run by @huggingface/transformers, with TRL's treatment of prompts: text
// gets the tokenizer's own special tokens, a conversation goes through the chat template and gets no others.
import { join } from "node:path";
import type { PreTrainedTokenizer } from "@huggingface/transformers";
import type { Message } from "@pavlov/core";
import { PavlovError, errorMessage } from "@pavlov/core";
import { chatRenderer, missingTemplate, readChatTemplate } from "./chat-template.js";
import type { JsonObject } from "./config.js";
import { standingFolder } from "./replace-folder.js";
import { readTokenizerFiles, regularVocabularySize } from "./tokenizer-files.js";

/** A prompt as the model sees it. */
export interface EncodedText {
  readonly ids: number[];
  /** What the ids stand for: the prompt, or the chat template's output. */
  readonly text: string;
}

/** Text to token ids and back, for one model. */
export interface Tokenizer {
  /** Id of the end-of-sequence token, or null where the tokenizer names none. */
  readonly eosTokenId: number | null;
  /** Id of the padding token, else of the end-of-sequence token (as in TRL), else null. */
  readonly padTokenId: number | null;
  /** The largest id plus one. */
  readonly vocabularySize: number;
  /** The same without added tokens, which some models list beyond the rows of their embeddings. */
  readonly regularVocabularySize: number;
  /** Whether the folder has a chat template. */
  readonly hasChatTemplate: boolean;
  /**
   * Text with the tokenizer's special tokens; a conversation with the template's, ready for the assistant's turn.
   * `chatTemplateKwargs` are values for the template.
   */
  encodePrompt(prompt: string | readonly Message[], chatTemplateKwargs?: JsonObject): EncodedText;
  /** Token ids of a piece of text, nothing added: completions, stop words. */
  encode(text: string): number[];
  /** The text of token ids; special tokens are left out unless asked for. */
  decode(ids: readonly number[], options?: { readonly keepSpecialTokens?: boolean }): string;
}

/**
 * Loads tokenizer.json, tokenizer_config.json and the chat template from a folder; nothing is downloaded. Throws a
 * PavlovError where they are missing or cannot be read.
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const place = await standingFolder(folder);
  const { json, config } = await readTokenizerFiles(place);
  const template = await readChatTemplate(place, config);
  // The library takes a third of a second to load: a command that needs no tokenizer should not.
  const { PreTrainedTokenizer: Library } = await import("@huggingface/transformers");
  let tokenizer: PreTrainedTokenizer;
  let vocabularySize: number;
  try {
    tokenizer = new Library(json, { ...config, chat_template: null });
    vocabularySize = largestOf(tokenizer.get_vocab().values()) + 1;
    // A damaged tokenizer may fail only when it is used: here rather than in the middle of a run.
    tokenizer.decode(tokenizer.encode("Hello, 1 + 1 = 2.\n"), { skip_special_tokens: true });
  } catch (cause) {
    const path = join(folder, "tokenizer.json");
    throw new PavlovError(`${path} is damaged, or of a kind that is not known (${errorMessage(cause)}).`, { cause });
  }
  const render = template === null ? null : chatRenderer(tokenizer, template, folder);

  const encode = (text: string, specialTokens: boolean): number[] => {
    const refuse = (reason: string, cause?: unknown): PavlovError => {
      const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
      return new PavlovError(`The tokenizer of ${folder} cannot encode ${shown}: ${reason}.`, { cause });
    };
    let ids: number[];
    try {
      ids = tokenizer.encode(text, { add_special_tokens: specialTokens });
    } catch (cause) {
      throw refuse(errorMessage(cause), cause);
    }
    // The library leaves holes where the unknown token is none of the vocabulary.
    if (!ids.every(Number.isInteger)) throw refuse("its vocabulary lacks a part of it, and the unknown token too");
    return ids;
  };

  return {
    eosTokenId: tokenizer.eos_token_id ?? null,
    padTokenId: tokenizer.pad_token_id ?? tokenizer.eos_token_id ?? null,
    vocabularySize,
    regularVocabularySize: regularVocabularySize(json),
    hasChatTemplate: template !== null,
    encodePrompt(prompt, chatTemplateKwargs = {}) {
      if (typeof prompt === "string") return { ids: encode(prompt, true), text: prompt };
      if (render === null) throw missingTemplate(folder);
      const text = render(prompt, chatTemplateKwargs);
      return { ids: encode(text, false), text };
    },
    encode: (text) => encode(text, false),
    decode: (ids, options) =>
      ids.length === 0 ? "" : tokenizer.decode([...ids], { skip_special_tokens: !options?.keepSpecialTokens }),
  };
}

/**
 * Throws a PavlovError where a tokenizer has more regular tokens than the model has embeddings: it belongs to another
 * model. Fewer are fine: many models pad their embeddings. Added tokens beyond them are refused where a text uses one.
 */
export function requireEmbeddings({ regularVocabularySize: tokens }: Tokenizer, rows: number, folder: string): void {
  if (tokens <= rows) return;
  throw new PavlovError(
    `${folder}: the tokenizer has ${tokens} tokens, but the model has embeddings for ${rows}; they do not belong together.`,
    { hint: "Take tokenizer.json and model.safetensors from the same model." },
  );
}

function largestOf(ids: Iterable<number>): number {
  let largest = -1;
  for (const id of ids) largest = Math.max(largest, id);
  return largest;
}
