import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { defineReward } from "../define-reward.js";
import { recordFetch, recordingOf } from "./record-fetch.js";
import { scoreSample } from "./score-sample.js";
import { secretsOf } from "./test-environment.js";

const secret = 'sk-"quoted"/1234567890';
let folder: string;
let address: string;
let file: string;
let requests: string[] = [];
let count = 0;

const server = createServer((request: IncomingMessage, response) => {
  void (async () => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    requests.push(`${request.method} ${request.url} ${body}`);
    if (request.url === "/binary") return response.end(Buffer.from([0, 255, 254]));
    if (request.url === "/nothing") return response.writeHead(204).end();
    response.writeHead(request.url === "/busy" ? 429 : 200, {
      "content-type": "application/json",
      "set-cookie": "session=cookie-secret",
      "retry-after": "1",
    });
    return response.end(JSON.stringify({ echo: body, key: request.headers.authorization, number: requests.length }));
  })();
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-recording-"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  requests = [];
  file = join(folder, `${count++}.requests.json`);
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const asks = defineReward({
  name: "asks",
  description: "Asks a service.",
  range: [0, 1],
  needs: ["network"],
  env: ["ASKS_KEY"],
  async score({ completion }, { fetch, env }) {
    const response = await fetch(`${address}/score?api_key=${encodeURIComponent(env["ASKS_KEY"] ?? "")}`, {
      method: "POST",
      headers: { authorization: `Bearer ${env["ASKS_KEY"]}` },
      body: JSON.stringify({ completion, key: env["ASKS_KEY"] }),
    });
    const { number } = (await response.json()) as { number: number };
    return { score: number / 10, reason: `answer ${number}` };
  },
});

describe("a recording", () => {
  test("answers as the service did, without it and without a secret", async () => {
    const env = { ASKS_KEY: secret };
    const recorder = await recordFetch(file, "record", { secrets: secretsOf(asks, env) });
    const first = await scoreSample(asks, { completion: "a" }, { fetch: recorder, env });
    await scoreSample(asks, { completion: "b" }, { fetch: recorder, env });
    expect(await recorder.save()).toBe(2);
    expect(requests).toHaveLength(2);

    const player = await recordFetch(file, "replay");
    expect(await scoreSample(asks, { completion: "a" }, { fetch: player })).toEqual(first);
    expect((await scoreSample(asks, { completion: "b" }, { fetch: player })).score).toBe(0.2);
    expect(requests).toHaveLength(2);
  });

  test("holds no secret in any form, no cookie and no header of a request", async () => {
    const env = { ASKS_KEY: secret };
    const recorder = await recordFetch(file, "record", { secrets: secretsOf(asks, env) });
    await scoreSample(asks, { completion: "a" }, { fetch: recorder, env });
    await recorder.save();
    const text = await readFile(file, "utf8");
    const parsed = JSON.stringify(JSON.parse(text));
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), "1234567890"]) {
      expect(text).not.toContain(form);
      expect(parsed).not.toContain(form);
    }
    expect(text).not.toContain("cookie");
    expect(text.toLowerCase()).not.toContain("authorization");
    expect(text).toContain("[ASKS_KEY]");
  });

  test("makes each distinct request once", async () => {
    const recorder = await recordFetch(file, "record");
    const answers = await Promise.all(
      [1, 2, 3].map(() => recorder.fetch(`${address}/same`).then((each) => each.text())),
    );
    expect(new Set(answers).size).toBe(1);
    expect(requests).toHaveLength(1);
  });

  test("keeps statuses, types, bytes and empty answers", async () => {
    const recorder = await recordFetch(file, "record");
    for (const path of ["/busy", "/binary", "/nothing"]) await recorder.fetch(address + path);
    await recorder.save();
    const player = await recordFetch(file, "replay");
    const busy = await player.fetch(`${address}/busy`);
    expect([busy.status, busy.headers.get("retry-after"), busy.headers.get("content-type"), busy.url]).toEqual([
      429,
      "1",
      "application/json",
      `${address}/busy`,
    ]);
    expect([...new Uint8Array(await (await player.fetch(`${address}/binary`)).arrayBuffer())]).toEqual([0, 255, 254]);
    expect((await player.fetch(`${address}/nothing`)).status).toBe(204);
  });

  test("goes on from what was recorded, and drops what is not asked for any more where it is told to", async () => {
    const first = await recordFetch(file, "record");
    await first.fetch(`${address}/one`);
    await first.save();
    const second = await recordFetch(file, "record");
    await second.fetch(`${address}/two`);
    expect(await second.save()).toBe(2);
    expect(await second.save({ dropUnused: true })).toBe(1);
    const player = await recordFetch(file, "replay");
    await expect(player.fetch(`${address}/one`)).rejects.toThrow("is not in the recording");
  });

  test("of a request that failed there is none", async () => {
    const recorder = await recordFetch(file, "record");
    await expect(recorder.fetch("http://127.0.0.1:9/")).rejects.toThrow("fetch failed");
    await recorder.save();
    const player = await recordFetch(file, "replay");
    await expect(player.fetch("http://127.0.0.1:9/")).rejects.toThrow("is not in the recording");
  });
});

describe("a request that was not recorded", () => {
  test("says how it is recorded, with its address and without secrets", async () => {
    const player = await recordFetch(file, "replay", { secrets: { KEY: "long-secret" } });
    const failure = player.fetch(`${address}/x?token=abc&q=long-secret`, { method: "POST", body: "{}" });
    await expect(failure).rejects.toThrow(
      `The request POST ${address}/x?token=redacted&q=[KEY] is not in the recording ${file}: record it with ` +
        "pavlov test --record, or with PAVLOV_RECORD=1 in the environment of vitest.",
    );
    expect(requests).toEqual([]);
  });

  test("is told even where the reward says something else of it", async () => {
    const vague = defineReward({
      name: "vague",
      description: "Hides why.",
      range: [0, 1],
      score: async (_, { fetch }) => {
        await fetch(address).catch(() => {
          throw new Error("the service is down");
        });
        return 1;
      },
    });
    const player = await recordFetch(file, "replay");
    const scoring = scoreSample(vague, { completion: "" }, { fetch: player });
    await expect(scoring).rejects.toThrow(/the service is down\. The request GET .* is not in the recording/);
  });
});

test("a file that is no recording is refused", async () => {
  for (const text of ["{", "[]", '{"version":2}']) {
    await writeFile(file, text);
    await expect(recordFetch(file, "replay")).rejects.toThrow("is no recording of requests: delete it and record anew");
  }
});

test("lies beside its fixtures", () => {
  expect(recordingOf("/a/fixtures/mine.jsonl")).toBe("/a/fixtures/mine.requests.json");
});
