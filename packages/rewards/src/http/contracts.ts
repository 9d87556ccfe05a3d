// What is sent to a scoring service and how its answer is read, by the trainer whose format it speaks.
import { type Message, PavlovError, type ScoreResult } from "@pavlov/core";
import { z } from "zod";
import { quote } from "../quote.js";

/** What a service is told of one completion. */
export interface ServiceSample {
  readonly completion: string;
  readonly prompt: string | undefined;
  readonly messages: readonly Message[] | undefined;
  readonly finishReason: "stop" | "length" | undefined;
  /** Those that the use maps, under the reward's names. */
  readonly columns: Readonly<Record<string, unknown>>;
}

/** One service's format. What it throws is a PavlovError. */
export interface Contract {
  /** Whether one request may hold several samples. */
  readonly batches: boolean;
  readonly needsPrompt: boolean;
  body(samples: readonly ServiceSample[]): unknown;
  /** One result for each of `count` samples; an error for one that the service gave none for. */
  read(answer: unknown, count: number): readonly (ScoreResult | Error)[];
}

/** Characters of a service's reason that are kept. */
const LONGEST_REASON = 2_000;

const shorten = (reason: string): string =>
  reason.length <= LONGEST_REASON ? reason : `${reason.slice(0, LONGEST_REASON)}…`;

const numbers = z.record(z.string(), z.number());

/** Pavlov's own: `{"samples": […]}` → `{"scores": [number | null | {score, reason, metrics} | {error}]}`. */
const pavlov: Contract = {
  batches: true,
  needsPrompt: false,
  body: (samples) => ({ samples }),
  read(answer, count) {
    const { scores } = parsed(z.object({ scores: z.array(z.unknown()) }), answer);
    return sameLength(scores, count, "scores").map((score) => caught(() => readOwn(score)));
  },
};

const ownScore = z.object({
  score: z.number().nullable(),
  reason: z.string().nullish(),
  metrics: numbers.nullish(),
});

function readOwn(value: unknown): ScoreResult {
  if (value === null || typeof value === "number") return value;
  const failed = z.object({ error: z.string() }).safeParse(value);
  if (failed.success) throw new PavlovError(`The service failed: ${quote(failed.data.error)}.`);
  const { score, reason, metrics } = parsed(ownScore, value);
  return { score, ...(reason && { reason: shorten(reason) }), ...(metrics && { metrics }) };
}

/** OpenRLHF's `remote_rm_url`: lists of queries (prompt and response), prompts and labels. */
const openrlhf: Contract = {
  batches: true,
  needsPrompt: true,
  body: (samples) => ({
    query: samples.map(({ prompt, completion }) => `${prompt}${completion}`),
    prompts: samples.map(({ prompt }) => prompt),
    labels: samples.map(({ columns }) => columns["label"] ?? null),
  }),
  read(answer, count) {
    const { rewards, extra_logs: logs } = parsed(
      z.object({
        rewards: z.array(z.unknown()),
        extra_logs: z.record(z.string(), z.array(z.number())).nullish(),
      }),
      answer,
    );
    return sameLength(rewards, count, "rewards").map((reward, position) =>
      caught(() => {
        const own = Object.entries(logs ?? {}).flatMap(([name, values]): [string, number][] => {
          const value = values[position];
          return value === undefined ? [] : [[name, value]];
        });
        return { score: parsed(z.number(), reward), ...(own.length > 0 && { metrics: Object.fromEntries(own) }) };
      }),
    );
  },
};

const evaluateResult = z.object({
  score: z.number(),
  is_score_valid: z.boolean().default(true),
  reason: z.string().nullish(),
  error: z.string().nullish(),
  metrics: z.record(z.string(), z.object({ score: z.number(), is_score_valid: z.boolean().default(true) })).nullish(),
});

/** eval-protocol's generic server, `POST /evaluate`: messages, the right answer and other columns → EvaluateResult. */
const evalProtocol: Contract = {
  batches: false,
  needsPrompt: false,
  body([sample]) {
    const { completion, messages = [], columns } = sample as ServiceSample;
    const { ground_truth: truth = null, ...kwargs } = columns;
    return { messages: [...messages, { role: "assistant", content: completion }], ground_truth: truth, kwargs };
  },
  read(answer) {
    const { score, is_score_valid: isValid, reason, error, metrics } = parsed(evaluateResult, answer);
    if (error) throw new PavlovError(`The service failed: ${quote(error)}.`);
    if (!isValid)
      throw new PavlovError(`The service calls its score not valid: ${quote(reason ?? "it says not why")}.`);
    const valid = Object.entries(metrics ?? {}).filter(([, metric]) => metric.is_score_valid);
    return [
      {
        score,
        ...(reason && { reason: shorten(reason) }),
        ...(metrics && { metrics: Object.fromEntries(valid.map(([name, metric]) => [name, metric.score])) }),
      },
    ];
  },
};

/** The body that a thin shim of verl's `compute_score` posts: `{"score", …}` or a number comes back. */
const verl: Contract = {
  batches: false,
  needsPrompt: false,
  body([sample]) {
    const { completion, columns } = sample as ServiceSample;
    const { data_source: source = null, ground_truth: truth = null, extra_info: info, ...others } = columns;
    return { data_source: source, completion, ground_truth: truth, extra_info: info ?? others };
  },
  read(answer) {
    if (typeof answer === "number") return [answer];
    const { score, ...others } = parsed(z.looseObject({ score: z.number() }), answer);
    const metrics = Object.entries(others).filter(([, value]) => typeof value === "number");
    return [{ score, ...(metrics.length > 0 && { metrics: Object.fromEntries(metrics) as Record<string, number> }) }];
  },
};

export const contracts = { pavlov, openrlhf, "eval-protocol": evalProtocol, verl } as const satisfies Readonly<
  Record<string, Contract>
>;

export const contractNames = Object.keys(contracts) as readonly (keyof typeof contracts)[];

function sameLength(values: readonly unknown[], count: number, name: string): readonly unknown[] {
  if (values.length === count) return values;
  const given = values.length === 1 ? "1 value" : `${values.length} values`;
  const asked = count === 1 ? "1 completion" : `${count} completions`;
  throw new PavlovError(
    `The service answered with ${given} in "${name}" for ${asked}: ${count} ${count === 1 ? "is" : "are"} needed.`,
  );
}

function parsed<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.join(".") ?? "";
  const at = path === "" ? "" : ` at "${path}"`;
  const shown = quote(JSON.stringify(value) ?? String(value));
  throw new PavlovError(`The service answered ${shown}, which is wrong${at}: ${issue?.message ?? "not as agreed"}.`);
}

/** What one sample's result says, also where that is an error of this sample alone. */
function caught(read: () => ScoreResult): ScoreResult | Error {
  try {
    return read();
  } catch (thrown) {
    return thrown as Error;
  }
}
