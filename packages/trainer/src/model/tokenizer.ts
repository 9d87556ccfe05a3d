// A model's tokenizer, read from its folder by @huggingface/transformers, with TRL's treatment of prompts: text gets
// the tokenizer's own special tokens, a conversation goes through the chat template and gets no others.
import { access, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { PreTrainedTokenizer } from "@huggingface/transformers";
import type { Message } from "@pavlov/core";
import { PavlovError, errorMessage } from "@pavlov/core";

/** A prompt as the model sees it. */
export interface EncodedText {
  readonly ids: number[];
  /** What the ids stand for: the prompt, or the chat template's output. */
  readonly text: string;
}

/** Text to token ids and back, for one model. */
export interface Tokenizer {
  /** Ids of the end-of-sequence token, or null where the tokenizer names none. */
  readonly eosTokenId: number | null;
  readonly padTokenId: number | null;
  /** The largest id plus one. */
  readonly vocabularySize: number;
  /** Whether the folder has a chat template. */
  readonly hasChatTemplate: boolean;
  /** Text with the tokenizer's special tokens; a conversation with the template's, ready for the assistant's turn. */
  encodePrompt(prompt: string | readonly Message[]): EncodedText;
  /** Token ids of a piece of text, nothing added: completions, stop words. */
  encode(text: string): number[];
  /** The text of token ids; special tokens are left out unless asked for. */
  decode(ids: readonly number[], options?: { readonly keepSpecialTokens?: boolean }): string;
}

/**
 * Loads tokenizer.json, tokenizer_config.json and chat_template.jinja from a folder; nothing is downloaded. Throws a
 * PavlovError where they are missing or cannot be read.
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const path = resolve(folder);
  await requireFiles(folder);
  const { AutoTokenizer, env } = await import("@huggingface/transformers");
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  let tokenizer: PreTrainedTokenizer;
  try {
    // An absolute path is no model id, so the library reads it as it stands.
    tokenizer = await AutoTokenizer.from_pretrained(path, { local_files_only: true });
  } catch (cause) {
    throw new PavlovError(`${folder}: the tokenizer cannot be loaded: ${errorMessage(cause)}`, { cause });
  }
  return wrap(tokenizer, await readTemplate(path, tokenizer), folder);
}

async function requireFiles(folder: string): Promise<void> {
  for (const file of ["tokenizer.json", "tokenizer_config.json"]) {
    await access(join(folder, file)).catch((cause: unknown) => {
      throw new PavlovError(`${folder} has no ${file}, so its tokenizer cannot be loaded.`, { cause });
    });
  }
}

/** chat_template.jinja where there is one, else the template of tokenizer_config.json. */
async function readTemplate(path: string, tokenizer: PreTrainedTokenizer): Promise<string | null> {
  try {
    return await readFile(join(path, "chat_template.jinja"), "utf8");
  } catch {
    return tokenizer.chat_template === null ? null : tokenizer.get_chat_template();
  }
}

function wrap(tokenizer: PreTrainedTokenizer, template: string | null, folder: string): Tokenizer {
  const encode = (text: string, specialTokens: boolean): number[] =>
    tokenizer.encode(text, { add_special_tokens: specialTokens });

  const applyTemplate = (messages: readonly Message[]): string => {
    if (template === null) {
      throw new PavlovError(`${folder}: the model has no chat template, so it cannot read a conversation.`, {
        hint: "Give prompts as text, or a model with a chat_template.jinja.",
      });
    }
    const conversation = messages.map(({ role, content }) => ({ role, content }));
    return tokenizer.apply_chat_template(conversation, {
      chat_template: template,
      tokenize: false,
      add_generation_prompt: true,
    }) as string;
  };

  return {
    eosTokenId: tokenizer.eos_token_id ?? null,
    padTokenId: tokenizer.pad_token_id ?? null,
    vocabularySize: largestId(tokenizer) + 1,
    hasChatTemplate: template !== null,
    encodePrompt(prompt) {
      if (typeof prompt === "string") return { ids: encode(prompt, true), text: prompt };
      const text = applyTemplate(prompt);
      return { ids: encode(text, false), text };
    },
    encode: (text) => encode(text, false),
    decode: (ids, options) =>
      ids.length === 0 ? "" : tokenizer.decode([...ids], { skip_special_tokens: !options?.keepSpecialTokens }),
  };
}

function largestId(tokenizer: PreTrainedTokenizer): number {
  let largest = -1;
  for (const id of tokenizer.get_vocab().values()) largest = Math.max(largest, id);
  return largest;
}
