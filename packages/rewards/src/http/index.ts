// Scores that a service of your own gives over HTTP, in Pavlov's own format or one that other trainers' services speak.
import { defineReward, PavlovError, type ScoreResult } from "@pavlov/core";
import { z } from "zod";
import { FailedRequest, shownUrl } from "../failed-request.js";
import { postJson } from "../post-json.js";
import { quote } from "../quote.js";
import { openRequestDesk } from "../request-desk.js";
import { httpUrl, requestParams } from "../request-params.js";
import { createBatcher } from "./batcher.js";
import { type Contract, contractNames, contracts, type ServiceSample } from "./contracts.js";

const tokenVariable = "PAVLOV_HTTP_TOKEN";

/** Headers whose values are secrets as a rule: a config is no place for them. */
const SECRET_HEADERS = /^(authorization|proxy-authorization|cookie|.*api-?key|.*token|.*secret)$/i;

const headers = z
  .record(
    z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, "must be a header's name"),
    z.string().regex(/^[\t -~]*$/, "must be one line of a header, in ASCII"),
  )
  .refine(
    (given) => !Object.keys(given).some((name) => SECRET_HEADERS.test(name)),
    `must hold no secrets: a bearer token is taken from the environment variable ${tokenVariable}`,
  );

const paramsSchema = z
  .strictObject({
    url: httpUrl.default("http://127.0.0.1:8000/score").describe("The service's address, with its path; no secrets."),
    contract: z
      .enum(contractNames)
      .default("pavlov")
      .describe("Whose format the service speaks: Pavlov's own, or that of another trainer's services."),
    batchSize: z
      .int()
      .min(1)
      .max(10_000)
      .default(16)
      .describe(
        "Completions in one request at most, where the contract has several; no more than the use's concurrency.",
      ),
    headers: headers.default({}).describe("More headers of the request; no secrets."),
    minimum: z.number().nullable().default(null).describe("The lowest score that the service gives; null for none."),
    maximum: z.number().nullable().default(null).describe("The highest score that the service gives; null for none."),
    ...requestParams,
  })
  .refine(({ minimum, maximum }) => minimum === null || maximum === null || minimum <= maximum, {
    message: "must not be above maximum",
    path: ["minimum"],
  });

/** One sample on its way, with what its call was given for requests. */
interface Item {
  readonly sample: ServiceSample;
  readonly fetch: typeof globalThis.fetch;
}

/**
 * Posts completions to a service and takes its scores. Of the dataset it sends the columns that the use maps, and no
 * others. An answer that is late, of another shape, or short of a score is an error, and never a score.
 */
export const http = defineReward({
  name: "http",
  description: "The score that a service gives over HTTP, in Pavlov's format or that of another trainer's services.",
  columns: z.looseObject({}),
  params: paramsSchema,
  readsIfPresent: ["prompt", "messages", "finishReason"],
  range: ({ minimum, maximum }) => [minimum, maximum],
  deterministic: false,
  envIfPresent: [tokenVariable],
  needs: ["network"],
  setup({ params, env }) {
    const contract: Contract = contracts[params.contract];
    const desk = openRequestDesk(params);
    const token = env[tokenVariable];
    const { url, timeout } = params;
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return createBatcher<Item, ScoreResult>(contract.batches ? params.batchSize : 1, async (items, signal) => {
      const body = contract.body(items.map(({ sample }) => sample));
      const request = { url, body, headers: { ...params.headers, ...authorization }, timeout, signal };
      const fetch = items[0]?.fetch ?? globalThis.fetch;
      const { value, requests } = await desk.request(
        async () => readJson(await postJson({ ...request, fetch }), url),
        signal,
      );
      const results = contract.read(value, items.length);
      return withUsage(results, { requests, retries: requests - 1 });
    });
  },
  async score({ completion, columns, prompt, messages, finishReason }, { params, state, signal, fetch }) {
    if (prompt === undefined && contracts[params.contract].needsPrompt) {
      throw new PavlovError(`The contract ${params.contract} sends the prompt, and this completion comes without one.`);
    }
    return state({ sample: { completion, prompt, messages, finishReason, columns }, fetch }, signal);
  },
});

function readJson(text: string, url: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const hint = /\b(NaN|Infinity)\b/.test(text.slice(0, 100_000)) ? " (NaN and Infinity are none)" : "";
    const what = `${shownUrl(url)} answered with what is no JSON${hint}: ${quote(text.trim())}`;
    // It may have been cut off, or be the error page of what stands between.
    throw new FailedRequest(what, { retryable: true });
  }
}

/** The request's usage is told with the first of its samples that has a score. */
function withUsage(
  results: readonly (ScoreResult | Error)[],
  usage: Readonly<Record<string, number>>,
): readonly (ScoreResult | Error)[] {
  const first = results.findIndex((result) => !(result instanceof Error));
  return results.map((result, position) => {
    if (position !== first || result instanceof Error) return result;
    return typeof result === "object" && result !== null ? { ...result, usage } : { score: result, usage };
  });
}
