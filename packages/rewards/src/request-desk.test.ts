import { PavlovError } from "@pavlov/core";
import { describe, expect, test } from "vitest";
import { FailedRequest } from "./failed-request.js";
import { postJson } from "./post-json.js";
import { openRequestDesk, type RequestDeskOptions } from "./request-desk.js";
import { type ScriptedAnswer, startServer } from "./scripted-server.test.fixture.js";

const { signal } = new AbortController();

/** Asks a server that gives these answers, one after the other. */
async function ask(answers: readonly ScriptedAnswer[], options: Partial<RequestDeskOptions> = {}, timeout = 5_000) {
  const server = await startServer(({ number }) => answers[number - 1] ?? { body: "ok" });
  const desk = openRequestDesk({ requestsAtOnce: 4, requestsPerMinute: null, retries: 2, retryDelay: 1, ...options });
  const request = { url: `${server.url}/score?key=hidden`, body: { a: 1 }, headers: {}, timeout, signal, fetch };
  const outcome = await desk
    .request(() => postJson(request), signal)
    .catch((thrown: unknown) =>
      PavlovError.isInstance(thrown) ? thrown.message : `no PavlovError: ${String(thrown)}`,
    );
  return { outcome, count: server.requests.length, text: (template: string) => template.replace("URL", server.url) };
}

describe("another try", () => {
  test.each<[string, ScriptedAnswer]>([
    ["too many requests", { status: 429 }],
    ["a server's error", { status: 500 }],
    ["a closed connection", "close"],
    ["a connection that is closed half way", "close half way"],
  ])("follows %s", async (_, answer) => {
    const { outcome, count } = await ask([answer, answer]);
    expect(outcome).toEqual({ value: "ok", requests: 3 });
    expect(count).toBe(3);
  });

  test("follows silence once its time is up", async () => {
    const { outcome, count } = await ask(["silence"], {}, 100);
    expect(outcome).toEqual({ value: "ok", requests: 2 });
    expect(count).toBe(2);
  });

  test.each([
    ["seconds", () => "0"],
    ["a date", () => new Date().toUTCString()],
  ])("comes when the server says so (%s), not after the usual delay", async (_, header) => {
    // The usual delay would outlast the test.
    const answer = { status: 429, headers: { "retry-after": header() } };
    const { outcome } = await ask([answer, answer], { retryDelay: 600_000 });
    expect(outcome).toEqual({ value: "ok", requests: 3 });
  });

  test("does not follow what no waiting mends", async () => {
    const { outcome, count, text } = await ask([{ status: 400, body: { error: { message: "no such\nmodel" } } }]);
    expect(outcome).toBe(text('URL/score answered 400 Bad Request: "no such\\nmodel".'));
    expect(count).toBe(1);
  });
});

describe("what is given up", () => {
  test.each<[string, ScriptedAnswer, string]>([
    ["after the last try", { status: 503 }, "URL/score answered 503 Service Unavailable (after 3 requests)."],
    ["where a connection closes", "close", "URL/score could not be reached (UND_ERR_SOCKET) (after 3 requests)."],
    [
      "half way",
      "close half way",
      "URL/score broke off in the middle of its answer (UND_ERR_SOCKET) (after 3 requests).",
    ],
    [
      "where it is refused",
      { status: 401, body: "bad key" },
      'URL/score answered 401 Unauthorized: "bad key". Check the key',
    ],
    ["where there is nothing", { status: 404 }, "URL/score answered 404 Not Found. Check the address"],
    ["where it is elsewhere", { status: 302, headers: { location: "/x" } }, '302 Found (redirected to "/x"). Give the'],
    ["at an endless answer", { body: "x".repeat(9 * 2 ** 20) }, "URL/score answered with more than 8388608 bytes."],
    [
      "at a long wait",
      { status: 429, headers: { "retry-after": "3600" } },
      "429 Too Many Requests and asks to wait 3600 s.",
    ],
  ])("%s is said in one sentence", async (_, answer, message) => {
    const { outcome, text } = await ask([answer, answer, answer]);
    expect(outcome).toContain(text(message));
  });

  test("by its time limit names it", async () => {
    const { outcome, text } = await ask(["silence"], { retries: 0 }, 50);
    expect(outcome).toBe(text("URL/score did not answer within 50 ms."));
  });

  test("before it began, where the server is not there", async () => {
    const desk = openRequestDesk({ requestsAtOnce: 1, requestsPerMinute: null, retries: 0, retryDelay: 1 });
    // Nothing listens on a port that was just given back.
    const request = { url: "http://127.0.0.1:9/", body: {}, headers: {}, timeout: 5_000, signal, fetch };
    await expect(desk.request(() => postJson(request), signal)).rejects.toThrow(/could not be reached \(.+\)\.$/);
  });
});

describe("the pace", () => {
  test("is kept: no more requests at once than allowed", async () => {
    const desk = openRequestDesk({ requestsAtOnce: 2, requestsPerMinute: null, retries: 0, retryDelay: 1 });
    let [running, most] = [0, 0];
    const attempt = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    };
    await Promise.all(Array.from({ length: 6 }, () => desk.request(attempt, signal)));
    expect(most).toBe(2);
  });

  test("of requests per minute puts them apart, retries too", async () => {
    const desk = openRequestDesk({ requestsAtOnce: 9, requestsPerMinute: 1_200, retries: 1, retryDelay: 1 });
    const began: number[] = [];
    const attempt = async (number: number) => {
      began.push(performance.now());
      if (number === 1) throw new FailedRequest("busy", { retryable: true });
    };
    await Promise.all([desk.request(attempt, signal), desk.request(attempt, signal)]);
    // One every 50 ms: the fourth cannot begin earlier, and a timer fires no more than a millisecond early.
    expect(began).toHaveLength(4);
    expect((began[3] as number) - (began[0] as number)).toBeGreaterThan(140);
  });

  test("ends with the caller's signal, whatever was being waited for", async () => {
    const desk = openRequestDesk({ requestsAtOnce: 1, requestsPerMinute: 1, retries: 5, retryDelay: 600_000 });
    const stopping = new AbortController();
    const busy = () => Promise.reject(new FailedRequest("busy", { retryable: true }));
    const waiting = [desk.request(busy, stopping.signal), desk.request(busy, stopping.signal)];
    setImmediate(() => stopping.abort(new Error("stopped")));
    const settled = await Promise.allSettled(waiting);
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });
});
