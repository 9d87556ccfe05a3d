// A server on loopback that speaks OpenAI's chat protocol, for the rewards that ask a judge.
import type { ReceivedRequest, ScriptedAnswer } from "../scripted-server.test.fixture.js";

/** The parts of a request that tests look at. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly [field: string]: unknown;
}

export const chatOf = ({ body }: ReceivedRequest): ChatRequest => body as ChatRequest;

/** What the judge was shown: the JSON between the lines that begin and end it. */
export function shownData(request: ReceivedRequest): Readonly<Record<string, unknown>> {
  const user = chatOf(request).messages[1]?.content ?? "";
  const [, begin, json, end] = /^BEGIN DATA (\w+)\n([^]*)\nEND DATA (\w+)$/.exec(user) ?? [];
  if (json === undefined || begin !== end) throw new Error(`No data in ${user}`);
  return JSON.parse(json) as Readonly<Record<string, unknown>>;
}

/** A reply of the judge: 1,000 tokens read and 20 written, unless said otherwise. */
export function reply(content: unknown, fields: Readonly<Record<string, unknown>> = {}): ScriptedAnswer {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  return {
    body: {
      id: "chatcmpl-1",
      object: "chat.completion",
      choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: text } }],
      usage: { prompt_tokens: 1000, completion_tokens: 20, total_tokens: 1020 },
      ...fields,
    },
  };
}

/** A reply that did not end as it should. */
export function endedBy(finish: string, content: string): ScriptedAnswer {
  return reply("", { choices: [{ index: 0, finish_reason: finish, message: { role: "assistant", content } }] });
}
