import { columnNames, compose, createScorer, PavlovError, type ScorerSample, use } from "@pavlov/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { type ReceivedRequest, type ScriptedAnswer, startServer } from "../scripted-server.test.fixture.js";
import { http } from "./index.js";

const row = { question: "6*7?", solution: 42, notes: { hard: true } };
const sample = (completion: string, more: Partial<ScorerSample> = {}): ScorerSample => ({
  completion,
  row,
  groupId: "g",
  ...more,
});

interface Asked {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly columns?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly concurrency?: number;
}

async function scored(
  answer: (request: ReceivedRequest) => ScriptedAnswer,
  samples: readonly ScorerSample[],
  { params = {}, columns = {}, env = {}, concurrency = 16 }: Asked = {},
) {
  const server = await startServer(answer);
  const quick = { url: `${server.url}/mine`, retries: 1, retryDelay: 1, timeout: 5_000, ...params };
  const part = use(http as never, { params: quick, columns, concurrency } as never);
  const scorer = createScorer(compose({ service: part }), { onError: "drop", env });
  onTestFinished(() => scorer.dispose());
  return { batch: await scorer.score(samples), requests: server.requests };
}

/** Scores each completion by its length, in Pavlov's format. */
const lengths = ({ body }: ReceivedRequest): ScriptedAnswer => {
  const { samples } = body as { samples: readonly { completion: string }[] };
  return { body: { scores: samples.map(({ completion }) => completion.length) } };
};
const scores = (...values: readonly unknown[]): ScriptedAnswer => ({ body: { scores: values } });

describe("the contract pavlov", () => {
  test("sends what the samples have, and of the row what is mapped", async () => {
    const { requests } = await scored(lengths, [sample("42", { prompt: "6*7?", finishReason: "stop" })], {
      columns: { answer: "solution", info: "notes" },
      params: { headers: { "x-run": "7" } },
    });
    const [request] = requests as [ReceivedRequest];
    expect([request.method, request.path, request.headers["content-type"]]).toEqual([
      "POST",
      "/mine",
      "application/json",
    ]);
    expect([request.headers["x-run"], request.headers.authorization]).toEqual(["7", undefined]);
    expect(request.body).toEqual({
      samples: [
        {
          completion: "42",
          prompt: "6*7?",
          messages: [{ role: "user", content: "6*7?" }],
          finishReason: "stop",
          columns: { answer: 42, info: { hard: true } },
        },
      ],
    });
  });

  test("takes numbers, null for an abstention, and objects with reason and metrics", async () => {
    const answers = new Map<string, unknown>([
      ["a", 1],
      ["b", null],
      ["c", { score: 0.5, reason: "half", metrics: { tests: 3 } }],
      ["d", { score: null, reason: "no tests" }],
    ]);
    // On a busy machine samples may go out in more than one request.
    const { batch } = await scored(
      ({ body }) => {
        const { samples } = body as { samples: readonly { completion: string }[] };
        return scores(...samples.map(({ completion }) => answers.get(completion)));
      },
      [...answers.keys()].map((text) => sample(text)),
    );
    expect(batch.total).toEqual([1, null, 0.5, null]);
    expect(batch.reasons.flat()).toEqual([undefined, undefined, "half", "no tests"]);
    expect(batch.metrics[2]).toEqual([{ tests: 3 }]);
    expect(batch.failures.flat().filter(Boolean)).toEqual([]);
    expect(batch.usage?.[0]).toEqual([{ requests: 1, retries: 0 }]);
  });

  test("sends as many at once as the batch size says", async () => {
    const texts = ["a", "bb", "ccc", "dddd", "eeeee"];
    const { batch, requests } = await scored(
      lengths,
      texts.map((text) => sample(text)),
      { params: { batchSize: 2 } },
    );
    expect(batch.total).toEqual([1, 2, 3, 4, 5]);
    const sizes = requests.map(({ body }) => (body as { samples: unknown[] }).samples.length);
    expect(sizes.toSorted((left, right) => left - right)).toEqual([1, 2, 2]);
  });

  test("tries again where the server is in trouble", async () => {
    const { batch, requests } = await scored(
      (request) => (request.number === 1 ? { status: 503 } : lengths(request)),
      [sample("aaa")],
    );
    expect(batch.total).toEqual([3]);
    expect(requests).toHaveLength(2);
    expect(batch.usage).toEqual([[{ requests: 2, retries: 1 }]]);
  });

  test.each(['{"scores": [3', "", "<html>Bad gateway</html>"])("tries again where the answer is %j", async (body) => {
    const { batch, requests } = await scored(
      (request) => (request.number === 1 ? { body } : lengths(request)),
      [sample("aaa")],
    );
    expect(batch.total).toEqual([3]);
    expect(requests).toHaveLength(2);
  });

  test("does not ask again where the answer is one of another shape, which it will be again", async () => {
    const { requests } = await scored(
      (request) => (request.number === 1 ? scores() : lengths(request)),
      [sample("a"), sample("b")],
      {
        params: { batchSize: 1, requestsAtOnce: 1 },
      },
    );
    expect(requests).toHaveLength(2);
  });

  test("sends the token of the environment, which is said nowhere", async () => {
    const refusal = { status: 403, body: { detail: "not with top-secret" } };
    const asked = { env: { PAVLOV_HTTP_TOKEN: "top-secret" } };
    const answer = (request: ReceivedRequest) => (request.number === 1 ? refusal : lengths(request));
    const { batch, requests } = await scored(answer, [sample("a"), sample("b")], {
      ...asked,
      params: { batchSize: 1, requestsAtOnce: 1 },
    });
    expect(requests[0]?.headers.authorization).toBe("Bearer top-secret");
    expect(batch.failures[0]?.[0]?.message).toContain('403 Forbidden: "not with [PAVLOV_HTTP_TOKEN]".');
  });
});

describe("one sample without a score", () => {
  test.each<[string, unknown, string]>([
    ["a text", "1", 'The service answered "\\"1\\"", which is wrong'],
    ["true", true, "which is wrong"],
    ["an object without a score", { reason: "x" }, 'wrong at "score"'],
    ["a metric that is no number", { score: 1, metrics: { n: "3" } }, 'wrong at "metrics.n"'],
    ["an error", { error: "no such test" }, 'The service failed: "no such test".'],
    ["a score outside the range", 1.5, "returned 1.5, outside its range [0, 1],"],
  ])("(%s) is an error of that sample alone", async (_, value, message) => {
    const params = { minimum: 0, maximum: 1 };
    const { batch } = await scored(() => scores(1, value, 0), [sample("a"), sample("b"), sample("c")], { params });
    expect(batch.total).toEqual([1, null, 0]);
    expect(batch.failures[1]?.[0]?.message).toContain(message);
  });
});

describe("an answer that is none", () => {
  const everyone = async (answer: ScriptedAnswer, params: Asked["params"] = {}) => {
    // The first request goes wrong, and the second does not.
    const { batch } = await scored(
      (request) => (request.number === 1 ? answer : lengths(request)),
      [sample("a"), sample("b"), sample("c")],
      {
        params: { batchSize: 2, retries: 0, requestsAtOnce: 1, ...params },
      },
    );
    expect(batch.total.filter((total) => total === null)).toHaveLength(2);
    return batch.failures.flat().find(Boolean)?.message ?? "";
  };

  test.each<[string, ScriptedAnswer, string]>([
    ["empty-handed", scores(), 'The service answered with 0 values in "scores" for 2 completions: 2 are needed.'],
    ["too short", scores(1), 'The service answered with 1 value in "scores" for 2 completions: 2 are needed.'],
    ["too long", scores(1, 2, 3), "with 3 values"],
    ["no list", { body: { scores: 1 } }, 'wrong at "scores"'],
    ["a list alone", { body: [1, 2] }, "which is wrong"],
    ["not JSON", { body: "<html>Hello</html>" }, 'answered with what is no JSON: "<html>Hello</html>".'],
    ["NaN", { body: '{"scores": [NaN, 1]}' }, "no JSON (NaN and Infinity are none)"],
    ["empty", { body: "" }, 'no JSON: "".'],
    ["not found", { status: 404 }, "answered 404 Not Found. Check the address"],
    ["cut off", "close half way", "broke off in the middle of its answer"],
    ["closed", "close", "could not be reached"],
  ])("(%s) is an error of the samples that it was for, and of no others", async (_, answer, message) => {
    expect(await everyone(answer)).toContain(message);
  });

  test("(silence) is one too", async () => {
    expect(await everyone("silence", { timeout: 100 })).toContain("did not answer within 100 ms.");
  });
});

describe("other trainers' contracts", () => {
  const one = async (contract: string, answer: unknown, columns: Asked["columns"] = {}) => {
    const samples = [sample("42", { prompt: "6*7?" })];
    const { batch, requests } = await scored(() => ({ body: answer }), samples, { params: { contract }, columns });
    return { body: requests[0]?.body, batch };
  };

  test("openrlhf: queries, prompts and labels go out, rewards and logs come back", async () => {
    const answer = { rewards: [1], scores: [0.5], extra_logs: { format: [0.25] } };
    const { body, batch } = await one("openrlhf", answer, { label: "solution" });
    expect(body).toEqual({ query: ["6*7?42"], prompts: ["6*7?"], labels: [42] });
    expect([batch.total, batch.metrics]).toEqual([[1], [[{ format: 0.25 }]]]);
  });

  test("openrlhf: several at once, and a completion without a prompt is an error of its own", async () => {
    const answer = ({ body }: ReceivedRequest) => ({
      body: { rewards: (body as { query: string[] }).query.map((_, at) => at) },
    });
    const { batch, requests } = await scored(
      answer,
      [sample("a", { prompt: "p" }), sample("b"), sample("c", { prompt: "q" })],
      { params: { contract: "openrlhf" } },
    );
    expect(requests[0]?.body).toEqual({ query: ["pa", "qc"], prompts: ["p", "q"], labels: [null, null] });
    expect(batch.total).toEqual([0, null, 1]);
    expect(batch.failures[1]?.[0]?.message).toContain("The contract openrlhf sends the prompt");
  });

  test("eval-protocol: messages, the right answer and other columns go out, an EvaluateResult comes back", async () => {
    const answer = {
      score: 0.85,
      reason: "close",
      metrics: { accuracy: { is_score_valid: true, score: 1, reason: "" }, style: { is_score_valid: false, score: 0 } },
      step_outputs: null,
      error: null,
    };
    const { body, batch } = await one("eval-protocol", answer, { ground_truth: "solution", notes: "notes" });
    expect(body).toEqual({
      messages: [
        { role: "user", content: "6*7?" },
        { role: "assistant", content: "42" },
      ],
      ground_truth: 42,
      kwargs: { notes: { hard: true } },
    });
    expect([batch.total, batch.reasons, batch.metrics]).toEqual([[0.85], [["close"]], [[{ accuracy: 1 }]]]);
  });

  test.each([
    [{ score: 0, is_score_valid: false, reason: "no tests" }, 'calls its score not valid: "no tests".'],
    [{ score: 0, error: "sandbox is gone" }, 'The service failed: "sandbox is gone".'],
    [{ is_score_valid: true }, 'wrong at "score"'],
  ])("eval-protocol: %j is an error", async (answer, message) => {
    await expect(one("eval-protocol", answer)).rejects.toThrow(message);
  });

  test("verl: what compute_score is given goes out, a score or an object with one comes back", async () => {
    const columns = { ground_truth: "solution", data_source: "question", hint: "notes" };
    const { body, batch } = await one("verl", { score: 1, acc: 0.5, pred: "42" }, columns);
    expect(body).toEqual({
      data_source: "6*7?",
      completion: "42",
      ground_truth: 42,
      extra_info: { hint: { hard: true } },
    });
    expect([batch.total, batch.metrics]).toEqual([[1], [[{ acc: 0.5 }]]]);
    expect((await one("verl", 0.5)).batch.total).toEqual([0.5]);
    await expect(one("verl", { acc: 1 })).rejects.toThrow('wrong at "score"');
    await expect(one("verl", null)).rejects.toThrow("which is wrong");
  });
});

test("a use from code maps any columns, by their names", () => {
  const composite = compose({ service: use(http, { params: { batchSize: 4 }, columns: { tests: "unit_tests" } }) });
  expect(columnNames(composite.columns)).toEqual(["unit_tests"]);
});

describe("params", () => {
  test.each([
    [{ url: "ftp://x.test/score" }, "http:// or https://"],
    [{ url: "score" }, "http:// or https://"],
    [{ url: "http://me:pass@x.test/" }, "must hold no user name or password"],
    [{ headers: { Authorization: "Bearer x" } }, "PAVLOV_HTTP_TOKEN"],
    [{ headers: { "X-Api-Key": "x" } }, "PAVLOV_HTTP_TOKEN"],
    [{ headers: { "a b": "x" } }, "Invalid key"],
    [{ headers: { a: "x\ny" } }, "must be one line of a header"],
    [{ minimum: 1, maximum: 0 }, "must not be above maximum"],
    [{ contract: "trl" }, "contract"],
  ])("%j are refused", (params, message) => {
    try {
      compose({ service: use(http as never, { params } as never) });
      expect.unreachable();
    } catch (thrown) {
      expect(PavlovError.isInstance(thrown) && thrown.message).toContain(message);
    }
  });
});
