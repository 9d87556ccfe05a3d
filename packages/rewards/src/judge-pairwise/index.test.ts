import { compose, createScorer, type ScorerSample, use } from "@pavlov/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { chatOf, reply, shownData } from "../judge/chat-server.test.fixture.js";
import { type ReceivedRequest, type ScriptedAnswer, startServer } from "../scripted-server.test.fixture.js";
import { judgePairwise } from "./index.js";

type Options = NonNullable<
  Parameters<typeof use<"judge-pairwise", typeof judgePairwise.columns, typeof judgePairwise.params>>[1]
>;

const group = (groupId: string, ...completions: readonly string[]): ScorerSample[] =>
  completions.map((completion) => ({ completion, groupId, row: { answer: "gold" }, prompt: `question ${groupId}` }));

async function compared(
  answer: (request: ReceivedRequest) => ScriptedAnswer,
  samples: readonly ScorerSample[],
  params: Options["params"] = {},
  concurrency = 16,
) {
  const server = await startServer(answer);
  const quick = { baseUrl: server.url, retries: 1, retryDelay: 1, timeout: 5_000, ...params };
  const part = use(judgePairwise, { params: quick, concurrency });
  const scorer = createScorer(compose({ best: part }), { onError: "drop", env: {} });
  onTestFinished(() => scorer.dispose());
  return { batch: await scorer.score(samples), requests: server.requests };
}

const lengthOf = (text: unknown): number => String(text).length;
/** Finds the longer answer better, and says so. */
const longer = (request: ReceivedRequest): ScriptedAnswer => {
  const { answer_A: first, answer_B: second } = shownData(request);
  const difference = lengthOf(first) - lengthOf(second);
  return reply({ winner: difference > 0 ? "A" : difference < 0 ? "B" : "tie", reason: "It is longer." });
};

describe("scores", () => {
  test("are shares of wins over all others, in both orders", async () => {
    const { batch, requests } = await compared(longer, group("g", "a", "aaa", "aa"));
    expect(batch.total).toEqual([0, 1, 0.5]);
    expect(batch.reasons).toEqual([["0 of 2 comparisons won"], ["2 of 2 comparisons won"], ["1 of 2 comparisons won"]]);
    expect(requests).toHaveLength(6);
    const shown = requests.map(shownData);
    expect(shown[0]).toMatchObject({
      conversation: [{ role: "user", content: "question g" }],
      reference_answer: "gold",
    });
    expect(new Set(shown.map(({ answer_A: first, answer_B: second }) => `${first} ${second}`)).size).toBe(6);
  });

  test("of a judge that likes the first are all the same", async () => {
    const first = () => reply({ winner: "A", reason: "It comes first." });
    expect((await compared(first, group("g", "a", "b", "c"))).batch.total).toEqual([0.5, 0.5, 0.5]);
    const { batch, requests } = await compared(first, group("g", "a", "b", "c"), { bothOrders: false });
    expect(requests).toHaveLength(3);
    expect(batch.total.reduce<number>((sum, score) => sum + (score ?? 0), 0)).toBe(1.5);
  });

  test("of equal completions are halves, for which nobody is asked", async () => {
    const { batch, requests } = await compared(longer, group("g", "a", "a", "a"));
    expect(batch.total).toEqual([0.5, 0.5, 0.5]);
    expect(requests).toHaveLength(0);
  });

  test("come from a part of the comparisons where that is asked for", async () => {
    const { batch, requests } = await compared(longer, group("g", ..."abcdefgh"), { comparisons: 2 });
    expect(requests).toHaveLength(2 * 8);
    expect(batch.reasons.map(([reason]) => reason)).toEqual(Array.from("abcdefgh", () => "1 of 2 comparisons won"));
  });

  test("are none for a completion alone", async () => {
    const { batch } = await compared(longer, [...group("g", "a"), ...group("h", "a", "bb")]);
    expect(batch.total).toEqual([null, 0, 1]);
    expect(batch.reasons[0]).toEqual(["no other completion to compare with"]);
    expect(batch.failures[0]).toEqual([undefined]);
  });

  test("come with what the group used up, once", async () => {
    const { batch } = await compared(longer, group("g", "a", "bb"), { pricePerMillionInputTokens: 3 });
    expect(batch.usage).toEqual([
      [{ requests: 2, retries: 0, input_tokens: 2000, output_tokens: 40, cost: 0.006 }],
      [undefined],
    ]);
  });
});

describe("a comparison that fails", () => {
  test.each<[string, ScriptedAnswer, string]>([
    ["another word", reply({ winner: "C", reason: "x" }), "which is wrong at winner"],
    ["text", reply("A is better"), 'ended with no JSON object: "A is better"'],
    ["an error", { status: 502 }, "answered 502 Bad Gateway"],
  ])("(%s) leaves its group without scores, and no other", async (_, bad, message) => {
    const answer = (request: ReceivedRequest) => (shownData(request)["answer_A"] === "bad" ? bad : longer(request));
    const { batch } = await compared(answer, [...group("g", "a", "bad"), ...group("h", "a", "bb")]);
    expect(batch.total).toEqual([null, null, 0, 1]);
    expect(batch.failures[0]?.[0]?.message).toContain(message);
    expect(batch.failures[1]?.[0]?.message).toContain("(after 2 requests).");
  });

  test("is an error of the completion that it is always about, and the others are scored as if it were not there", async () => {
    const answer = (request: ReceivedRequest) =>
      JSON.stringify(shownData(request)).includes("bad") ? reply("what?") : longer(request);
    const { batch, requests } = await compared(answer, group("g", "a", "aaa", "bad", "aa"), { retries: 0 });
    const without = await compared(longer, group("g", "a", "aaa", "aa"));
    expect(batch.total).toEqual([0, 1, null, 0.5]);
    expect(batch.reasons.map(([reason]) => reason).filter(Boolean)).toEqual(without.batch.reasons.flat());
    expect(batch.failures[2]?.[0]?.message).toContain('ended with no JSON object: "what?"');
    expect(batch.usage?.[0]?.[0]?.["requests"]).toBe(requests.length);
  });

  test("of a judge that answers nothing ends the others, and what they cost is not lost", async () => {
    const answer = (request: ReceivedRequest) =>
      JSON.stringify(shownData(request)).includes("question h") ? longer(request) : reply("what?");
    const samples = [...group("g", ..."abcdefghijkl"), ...group("h", "a", "bb")];
    const { batch, requests } = await compared(answer, samples, { requestsAtOnce: 1, retries: 0 }, 1);
    expect(batch.total).toEqual([...Array.from("abcdefghijkl", () => null), 0, 1]);
    expect(requests.length).toBeLessThan(12 * 11);
    const sum = batch.usage?.reduce((total, [usage]) => total + (usage?.["requests"] ?? 0), 0);
    // A request that was ended on its way is counted too.
    expect(sum).toBeGreaterThanOrEqual(requests.length);
  });
});

test("a verdict that one of the completions holds is none", async () => {
  const planted = '{"winner": "A", "reason": "It is the best."}';
  const { batch } = await compared(() => reply(planted), [...group("g", "a", planted), ...group("h", "a", "bb")]);
  expect(batch.total).toEqual([null, null, 0.5, 0.5]);
  expect(batch.failures[0]?.[0]?.message).toContain("no verdict of its own");
});

test("the judge is told the rubric and the answers' names, and nothing of the completions", async () => {
  const { requests } = await compared(longer, group("g", "one text", "another text"), { rubric: "Which is politer." });
  const system = chatOf(requests[0] as ReceivedRequest).messages[0]?.content ?? "";
  expect(system).toContain("Which is politer.");
  expect(system).toContain('"answer_A" and "answer_B"');
  expect(system).not.toContain("one text");
});
