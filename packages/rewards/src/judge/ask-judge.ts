// Asks an OpenAI-compatible server (POST {baseUrl}/chat/completions) and gives the text of its reply.
import { PavlovError } from "@pavlov/core";
import { z } from "zod";
import { FailedRequest, shownUrl } from "../failed-request.js";
import { postJson } from "../post-json.js";
import { quote } from "../quote.js";
import { openRequestDesk, type RequestDesk } from "../request-desk.js";
import { defaultBaseUrl, type JudgeParams } from "./params.js";
import { readVerdict, unusable } from "./read-reply.js";
import { UsageLedger, type UsageAccount } from "./usage.js";

/** The instructions, what is judged, and the shape of the answer. */
export interface Question<Verdict> {
  readonly system: string;
  readonly user: string;
  readonly verdict: z.ZodType<Verdict>;
  /** The texts in `user` that the verdict is about. */
  readonly judged: readonly string[];
}

/** What a call of the reward is given for its requests. */
export interface JudgeCall {
  readonly params: JudgeParams;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly fetch: typeof globalThis.fetch;
}

/** What judging rewards share from call to call. */
export interface JudgeState {
  readonly desk: RequestDesk;
  readonly ledger: UsageLedger;
}

const keyVariable = "OPENAI_API_KEY";

/** What all rewards are that ask a judge: they may show it the prompt, cost money, and need not answer twice alike. */
export const judgeTraits = {
  readsIfPresent: ["messages"],
  deterministic: false,
  cacheable: true,
  envIfPresent: [keyVariable],
  needs: ["network"],
} as const;

/** @throws PavlovError where OpenAI is to be asked and there is no key. */
export function requireKey(baseUrl: string, env: JudgeCall["env"]): void {
  if (baseUrl !== defaultBaseUrl || env[keyVariable] !== undefined) return;
  throw new PavlovError(
    `${defaultBaseUrl} needs a key: set the environment variable ${keyVariable}, or give the baseUrl of another server.`,
  );
}

export function openJudge(params: JudgeParams): JudgeState {
  return { desk: openRequestDesk(params), ledger: new UsageLedger(params) };
}

const replySchema = z.object({
  choices: z.tuple(
    [
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
      }),
    ],
    z.unknown(),
  ),
  usage: z
    .object({ prompt_tokens: z.number().min(0), completion_tokens: z.number().min(0) })
    .nullish()
    .catch(null),
});

/**
 * Asks until there is a verdict of the asked shape. `ask` gets the question for each try.
 * @throws PavlovError with what the last reply lacked.
 */
export async function askJudge<Verdict>(
  question: (attempt: number) => Question<Verdict>,
  account: UsageAccount,
  { desk }: JudgeState,
  call: JudgeCall,
): Promise<Verdict> {
  const { value } = await desk.request(async (attempt) => {
    account.countRequest(attempt);
    return askOnce(question(attempt), account, call);
  }, call.signal);
  return value;
}

async function askOnce<Verdict>(
  { system, user, verdict, judged }: Question<Verdict>,
  account: UsageAccount,
  { params, env, signal, fetch }: JudgeCall,
): Promise<Verdict> {
  const { model, temperature, maxTokens, responseFormat, extraBody, timeout } = params;
  const url = `${params.baseUrl.replace(/\/+$/, "")}/chat/completions`;
  const key = env[keyVariable];
  const format = responseFormat === "none" ? undefined : formatOf(responseFormat, verdict);
  const text = await postJson({
    url,
    body: {
      model,
      messages: [
        { role: "system", content: system },
        { role: "user", content: user },
      ],
      ...(temperature !== null && { temperature }),
      ...(maxTokens !== null && { max_tokens: maxTokens }),
      ...(format && { response_format: format }),
      ...extraBody,
    },
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    timeout,
    signal,
    fetch,
  });
  const { choices, usage } = readReply(text, shownUrl(url));
  account.countTokens(usage ? { input: usage.prompt_tokens, output: usage.completion_tokens } : undefined);
  const [{ message, finish_reason: finish }] = choices;
  if (message.refusal) throw unusable(`refused: ${quote(message.refusal)}`);
  if (finish === "length") throw unusable("was cut off at its limit of tokens: raise maxTokens");
  if (finish === "content_filter") throw unusable("was stopped by its server's content filter");
  if (!message.content) throw unusable("replied with no text");
  return readVerdict(message.content, verdict, judged);
}

function readReply(text: string, shown: string): z.output<typeof replySchema> {
  try {
    return replySchema.parse(JSON.parse(text));
  } catch {
    const what = `${shown} answered with what is no chat completion: ${quote(text.trim())}`;
    throw new FailedRequest(what, { retryable: true });
  }
}

function formatOf(kind: "json_object" | "json_schema", verdict: z.ZodType): object {
  if (kind === "json_object") return { type: kind };
  const { $schema: _, ...schema } = z.toJSONSchema(verdict);
  return { type: kind, json_schema: { name: "verdict", strict: true, schema } };
}
