// A model's chat template: where its folder keeps it, in transformers' order, and how it is rendered.
import { join } from "node:path";
import { z } from "zod";
import type { PreTrainedTokenizer } from "@huggingface/transformers";
import type { Message } from "@pavlov/core";
import { PavlovError, errorMessage } from "@pavlov/core";
import type { JsonObject } from "./config.js";
import { readJsonObject, readText } from "./json-file.js";

/** What rendering sets itself: a template would get another value than a user thinks. */
const reserved = new Set([
  ...["messages", "add_generation_prompt", "continue_final_message", "chat_template", "tools", "documents"],
  ...["tokenize", "padding", "truncation", "max_length", "return_tensor", "return_dict", "tokenizer_kwargs"],
]);

/** The option by which a run passes values to the template: TRL's `chat_template_kwargs` in camelCase. */
export const chatTemplateShape = {
  chatTemplateKwargs: z
    .record(z.string(), z.unknown())
    .refine((values) => !Object.keys(values).some((key) => reserved.has(key)), {
      error: ({ input }) =>
        `chatTemplateKwargs cannot set ${Object.keys(input as object)
          .filter((key) => reserved.has(key))
          .join(", ")}, which the trainer gives to the chat template itself: remove it`,
    })
    .default({})
    .describe("Values that the chat template gets beside the messages, such as { enable_thinking: false } for Qwen3."),
};

/** A conversation as text, ready for the assistant's turn. */
export type RenderChat = (messages: readonly Message[], values: JsonObject) => string;

/**
 * Finds a folder's template: chat_template.jinja, else `chat_template` of tokenizer_config.json (a text, or a list of
 * named ones of which `default` counts), else chat_template.json. Null where there is none. Throws a PavlovError where
 * there are named ones, but no default.
 */
export async function readChatTemplate(folder: string, tokenizerConfig: JsonObject): Promise<string | null> {
  const file = await readText(join(folder, "chat_template.jinja"));
  if (file !== null) return file;
  const older = tokenizerConfig["chat_template"] ?? null;
  if (older !== null) return defaultOf(older, join(folder, "tokenizer_config.json"));
  const path = join(folder, "chat_template.json");
  const oldest = (await readJsonObject(path))?.["chat_template"] ?? null;
  return oldest === null ? null : defaultOf(oldest, path);
}

function defaultOf(value: unknown, path: string): string {
  if (typeof value === "string") return value;
  const named = Array.isArray(value) ? new Map(value.map(namedTemplate)) : new Map<unknown, unknown>();
  const template = named.get("default");
  if (typeof template === "string") return template;
  const names = [...named.keys()].filter((name) => typeof name === "string");
  throw new PavlovError(
    names.length === 0
      ? `${path}: \`chat_template\` is neither a text nor a list of named templates.`
      : `${path} has the chat templates ${names.join(", ")}, but none is named default.`,
  );
}

function namedTemplate(entry: unknown): [unknown, unknown] {
  if (typeof entry !== "object" || entry === null) return [undefined, undefined];
  const { name, template } = entry as { name?: unknown; template?: unknown };
  return [name, template];
}

/** The sentence that rendering throws where a folder has no template. */
export function missingTemplate(folder: string): PavlovError {
  return new PavlovError(`${folder}: the model has no chat template, so it cannot read a conversation.`, {
    hint: "Give prompts as text, or a model with a chat_template.jinja.",
  });
}

/** Renders with a template that has been found. What the template refuses or cannot do is a PavlovError. */
export function chatRenderer(tokenizer: PreTrainedTokenizer, template: string, folder: string): RenderChat {
  return (messages, values) => {
    const conversation = messages.map(({ role, content }) => ({ role, content }));
    let text: unknown;
    try {
      text = tokenizer.apply_chat_template(conversation, {
        ...values,
        chat_template: template,
        tokenize: false,
        add_generation_prompt: true,
      });
    } catch (cause) {
      throw new PavlovError(`The chat template of ${folder} fails: ${errorMessage(cause).replace(/\.?\s*$/, "")}.`, {
        cause,
      });
    }
    return text as string;
  };
}
