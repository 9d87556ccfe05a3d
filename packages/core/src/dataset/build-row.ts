/** Makes a dataset's row of a raw one: prompt, conversation or template, and the demonstration. */
import { PavlovError } from "../error.js";
import { nearest } from "../nearest-name.js";
import type { Message } from "../reward.js";
import { readMessages } from "./messages.js";
import type { PromptOptions } from "./options.js";
import { describeKind, rowError, type RawRow } from "./raw-row.js";
import { parseTemplate } from "./template.js";
import type { DatasetRow, RowLocation } from "./types.js";

type Values = Readonly<Record<string, unknown>>;
type Prompt = DatasetRow["prompt"];

interface PromptAndCompletion {
  readonly prompt: Prompt;
  readonly completion?: string;
}

type PromptReader = (values: Values, location: RowLocation) => PromptAndCompletion;

/** Column names under which published datasets keep their prompts: offered when `prompt` is not there. */
const usualPromptColumns = ["question", "problem", "instruction", "input", "query", "text", "messages"];

/**
 * A function that makes rows, under options that are checked here, once.
 *
 * @throws PavlovError when the options contradict each other; the function throws where a row does not fit them.
 */
export function rowBuilder(options: PromptOptions): (raw: RawRow, file: string) => DatasetRow {
  const sources = (["prompt", "template", "messages"] as const).filter((name) => options[name] !== undefined);
  if (sources.length > 1) {
    throw new PavlovError(`A dataset takes its prompts from one of ${sources.join(" and ")}, not from all; remove one`);
  }
  const read = promptReader(options);
  return ({ values, line }, file) => {
    const location = { file, line };
    const { prompt, completion } = read(values, location);
    if (prompt.length === 0) throw rowError(location, "the prompt is empty");
    const demonstration = readCompletion(values, options.completion, location) ?? completion;
    return {
      prompt: withSystem(prompt, options.system, location),
      ...(demonstration === undefined ? {} : { completion: demonstration }),
      columns: values,
      location,
    };
  };
}

function promptReader(options: PromptOptions): PromptReader {
  if (options.template !== undefined) {
    const template = parseTemplate(options.template);
    return (values, location) => {
      for (const column of template.columns) requireColumn(values, column, location, "the template names it");
      return { prompt: template.render(values, location) };
    };
  }
  if (options.messages !== undefined) return conversationReader(options.messages, options.completion === undefined);
  const names = typeof options.prompt === "object" ? options.prompt : [options.prompt ?? "prompt"];
  const conversation = conversationReader("messages", options.completion === undefined);
  return (values, location) => {
    const named = names.find((name) => Object.hasOwn(values, name)) ?? names[0] ?? "prompt";
    const inMessages =
      options.prompt === undefined && !Object.hasOwn(values, named) && Object.hasOwn(values, "messages");
    if (inMessages || (named === "messages" && names.length > 1)) return conversation(values, location);
    requireColumn(values, named, location, "the prompt is read from it");
    const value = values[named];
    if (typeof value === "string") return { prompt: value };
    if (Array.isArray(value)) return { prompt: readMessages(value, named, location) };
    throw rowError(
      location,
      `column "${named}" must hold the prompt as text or as messages, not ${describeKind(value)}`,
    );
  };
}

function conversationReader(column: string, splitsDemonstration: boolean): PromptReader {
  return (values, location) => {
    requireColumn(values, column, location, "the messages are read from it");
    const messages = readMessages(values[column], column, location);
    const last = messages.at(-1);
    if (!splitsDemonstration || last?.role !== "assistant") return { prompt: messages };
    if (messages.length === 1) throw rowError(location, `column "${column}" has nothing but the assistant's message`);
    return { prompt: messages.slice(0, -1), completion: last.content };
  };
}

function withSystem(prompt: Prompt, system: string | undefined, location: RowLocation): Prompt {
  if (system === undefined) return prompt;
  const messages: readonly Message[] = typeof prompt === "string" ? [{ role: "user", content: prompt }] : prompt;
  if (messages[0]?.role === "system") {
    throw rowError(location, 'the prompt has a system message already; remove "system" from the dataset\'s options');
  }
  return [{ role: "system", content: system }, ...messages];
}

function readCompletion(values: Values, named: string | undefined, location: RowLocation): string | undefined {
  const column = named ?? "completion";
  if (named !== undefined) requireColumn(values, named, location, "the completion is read from it");
  const value = Object.hasOwn(values, column) ? values[column] : undefined;
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.length === 1) {
    const message: unknown = value[0];
    if (
      typeof message === "object" &&
      message !== null &&
      "content" in message &&
      typeof message.content === "string"
    ) {
      return message.content;
    }
  }
  if (named === undefined) return undefined;
  throw rowError(
    location,
    `column "${column}" must hold the completion as text or as one assistant message, not ${describeKind(value)}`,
  );
}

function requireColumn(values: Values, column: string, location: RowLocation, why: string): void {
  if (Object.hasOwn(values, column)) return;
  const names = Object.keys(values);
  const usual = usualPromptColumns.find((name) => names.includes(name));
  const near = nearest(column, names) ?? usual ?? longestText(values);
  const remedy = near === undefined ? "" : `. ${remedyFor(column, near, why)}`;
  const columns = names.length === 0 ? "no columns" : names.join(", ");
  throw rowError(location, `no column "${column}" (${why}); this row has: ${columns}${remedy}`);
}

/** The column whose text is longest in this row: more likely a prompt than an id. */
function longestText(values: Values): string | undefined {
  const lengths = Object.entries(values).map(
    ([name, value]) => [name, typeof value === "string" ? value.length : 0] as const,
  );
  return lengths.sort(([, a], [, b]) => b - a)[0]?.[0];
}

function remedyFor(column: string, near: string, why: string): string {
  if (why.startsWith("the template")) return `Did you mean {{${near}}}?`;
  const option = why.startsWith("the prompt") ? "prompt" : why.startsWith("the messages") ? "messages" : "completion";
  return `Name the column: "${option}: ${near}" instead of "${column}"`;
}
