import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { PavlovError } from "@pavlov/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { TrainEvent } from "../run/events.js";
import { requireSpace } from "./disk-space.js";
import { RepositoryCache } from "./cache.js";
import { GOOD_TOKEN, HubServer, POOR_TOKEN } from "./hub-server.test.fixture.js";
import { waitingTime } from "./requests.js";
import { resolveModel, type ResolveModelOptions } from "./resolve-model.js";

let hub: HubServer;
let folder: string;
const events: TrainEvent[] = [];
const files = {
  "config.json": "{}",
  "tokenizer.json": "{}",
  "tokenizer_config.json": "{}",
  "model.safetensors": Buffer.alloc(50_000, "weights"),
};

beforeAll(async () => {
  hub = await HubServer.start();
  hub.add("model", "acme/open", files);
  hub.add("model", "acme/gated", files, { access: "gated" });
  hub.add("model", "acme/private", files, { access: "private" });
});
afterAll(() => hub.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-hub-"));
  process.env["HF_ENDPOINT"] = hub.endpoint;
  hub.reset();
  events.length = 0;
});
afterEach(async () => {
  delete process.env["HF_ENDPOINT"];
  await rm(folder, { recursive: true });
});

const resolve = (reference: string, options: ResolveModelOptions = {}) =>
  resolveModel(reference, {
    cacheFolder: join(folder, "hub"),
    base: folder,
    token: "",
    timing: { stall: 300, backoff: 5 },
    onEvent: (event) => void events.push(event),
    ...options,
  });

const failure = (reference: string, options: ResolveModelOptions = {}): Promise<PavlovError> =>
  resolve(reference, options).then(
    () => expect.unreachable("it was resolved"),
    (error: unknown) => error as PavlovError,
  );

describe("a token", () => {
  test("opens what is private or gated, and never reaches another host", async () => {
    await resolve("acme/private", { token: GOOD_TOKEN });
    await resolve("acme/gated", { token: GOOD_TOKEN });
    for (const { isStorage, authorization } of hub.requests) {
      expect(authorization).toBe(isStorage ? undefined : `Bearer ${GOOD_TOKEN}`);
    }
    expect(hub.requests.some(({ isStorage }) => isStorage)).toBe(true);
  });

  test("is read from HF_TOKEN, or from the file of the hub's own login", async () => {
    await writeFile(join(folder, "token"), `${GOOD_TOKEN}\n`);
    process.env["HF_HOME"] = folder;
    try {
      const model = await resolveModel("acme/private", { timing: { backoff: 5 } });
      expect(model.folder).toContain(join(folder, "hub/models--acme--private"));
      process.env["HF_TOKEN"] = POOR_TOKEN;
      expect((await failure("acme/private", { token: undefined })).message).toContain("that this token may see");
    } finally {
      delete process.env["HF_HOME"];
      delete process.env["HF_TOKEN"];
    }
  });

  test("that is missing for a gated model: where to accept its conditions, and where tokens come from", async () => {
    const error = await failure("acme/gated");
    expect(error.message).toBe("The model acme/gated is gated: its authors ask for an agreement before a download.");
    expect(error.hint).toBe(
      `Accept its conditions at ${hub.endpoint}/acme/gated, then set HF_TOKEN to a token with read access ` +
        "(made at https://huggingface.co/settings/tokens).",
    );
  });

  test("without access to a gated model: the conditions, with the token's account", async () => {
    const error = await failure("acme/gated", { token: POOR_TOKEN });
    expect(error.hint).toBe(
      `Accept its conditions at ${hub.endpoint}/acme/gated with the account of the token, then run again.`,
    );
  });

  test("that the hub does not know is named as the reason", async () => {
    const error = await failure("acme/open", { token: "hf_expired" });
    expect(error.message).toBe("The hub refuses the token that the model acme/open was asked for with.");
    expect(error.message).not.toContain("hf_expired");
    expect(error.hint).toContain("Renew it in HF_TOKEN");
  });

  test("that may not read a repository", async () => {
    hub.fail("/api/models/acme/open", { status: 403, body: "Forbidden: needs permission repo.content.read" });
    expect((await failure("acme/open", { token: POOR_TOKEN })).message).toBe(
      "The token has no access to the model acme/open (Forbidden: needs permission repo.content.read).",
    );
  });
});

describe("what is not there", () => {
  test("is the repository, or hidden from whoever has no token", async () => {
    const error = await failure("acme/private");
    expect(error.message).toContain(`There is no model acme/private at ${hub.endpoint}.`);
    expect(error.hint).toContain("if it is private, set HF_TOKEN");
    expect((await failure("acme/private", { token: POOR_TOKEN })).message).toContain("that this token may see");
  });

  test("is the revision", async () => {
    const error = await failure("acme/open", { revision: "v2" });
    expect(error.message).toBe("The model acme/open has no revision v2.");
    expect(error.hint).toBe(`Its branches and tags are listed at ${hub.endpoint}/acme/open/tree/main.`);
  });

  test("is a file that the list has", async () => {
    hub.fail("/resolve/", { status: 404, headers: { "x-error-code": "EntryNotFound" } }, 9);
    expect((await failure("acme/open")).message).toMatch(/^The model acme\/open has no file \S+ in revision main\.$/);
  });
});

describe("a limit of requests", () => {
  test("is waited for as long as the hub says, and said", async () => {
    hub.fail("/api/models/acme/open", { status: 429, headers: { "retry-after": "0" } }, 2);
    await resolve("acme/open");
    const notes = events.filter((event) => event.type === "note");
    expect(notes).toHaveLength(2);
    expect(notes[0]).toMatchObject({ message: expect.stringMatching(/limits requests; trying again in 0 s\.$/) });
  });

  test("that lasts is an error that says what arrived is kept", async () => {
    hub.fail("/api/models/acme/open", { status: 429, headers: { "retry-after": "0" } }, 99);
    const error = await failure("acme/open");
    expect(error.message).toBe(`${hub.endpoint} limits requests and did not give the model acme/open.`);
    expect(error.hint).toContain("with one the limit is higher");
    expect(hub.requests).toHaveLength(5);
  });

  test("that asks for longer than anybody waits is an error at once", async () => {
    hub.fail("/api/models/acme/open", { status: 429, headers: { "retry-after": "3600" } }, 99);
    expect((await failure("acme/open")).message).toContain("it asks to wait 3600 s");
    expect(hub.requests).toHaveLength(1);
  });

  test.each([
    [{ "retry-after": "12" }, 12],
    [{ "retry-after": new Date(61_000).toUTCString() }, 60],
    [{ ratelimit: '"api";r=0;t=55' }, 55],
    [{ "retry-after": "soon" }, undefined],
    [{}, undefined],
  ])("%j is waited for %s s", (headers, seconds) => {
    expect(waitingTime(new Headers(headers as Record<string, string>), 1000)).toBe(seconds);
  });
});

describe("a hub that is out of order", () => {
  test("is asked again", async () => {
    hub.fail("/revision/", { status: 502 }, 2);
    hub.fail("/tree/", { stallAfter: -1 });
    hub.fail("/tree/", { cutAfter: 10 });
    hub.fail("/resolve/", { status: 500 }, 4);
    await resolve("acme/open");
  });

  test("for long says so, and both readings of the name", async () => {
    hub.fail("/api/", { status: 503, body: "Service Unavailable" }, 99);
    const error = await failure("acme/open");
    expect(error.message).toBe(
      `There is no folder ${join(folder, "acme/open")}. It cannot be looked for on the hub either: ` +
        `${hub.endpoint} answered 503 when asked for the model acme/open (Service Unavailable).`,
    );
    expect(hub.requests).toHaveLength(5);
  });

  test("answers with a page for people", async () => {
    hub.fail("/api/", { status: 200, body: "<html>Please log in</html>" }, 99);
    const error = await failure("acme/open");
    expect(error.message).toContain("answers with something that is not the hub's");
    expect(error.hint).toContain("Check HF_ENDPOINT");
  });

  test("refuses connections", async () => {
    const closed = await HubServer.start();
    process.env["HF_ENDPOINT"] = closed.endpoint;
    await closed.close();
    const error = await failure("acme/open");
    expect(error.message).toContain(`There is no folder ${join(folder, "acme/open")}.`);
    expect(error.message).toContain(`${new URL(closed.endpoint).host} refuses connections.`);
    expect(error.hint).toContain("Check the network and HF_ENDPOINT");
  });

  test("has a name that does not resolve", async () => {
    process.env["HF_ENDPOINT"] = "http://hub.invalid";
    expect((await failure("acme/open")).message).toContain("hub.invalid cannot be found: its name does not resolve.");
  });

  test("never answers", async () => {
    hub.fail("/api/", { stallAfter: -1 }, 99);
    expect((await failure("acme/open", { timing: { stall: 50, backoff: 5 } })).message).toContain("does not answer.");
  });
});

test("a disk without room is found before the download", async () => {
  const cache = new RepositoryCache(join(folder, "hub"), { type: "model", id: "acme/open" });
  const file = { path: "model.safetensors", size: 5 * 2 ** 30, blobId: "", sha256: "a".repeat(64) };
  await expect(requireSpace(cache, [file], async () => 2 ** 30)).rejects.toMatchObject({
    message: `Not enough disk space for the download to ${cache.folder}: 1,024 MB free, 5,120 MB needed.`,
    hint: expect.stringContaining("HF_HOME"),
  });
  expect(await readdir(cache.folder)).toEqual([]);
});

test("what a download has begun needs no room again, whoever has begun it", async () => {
  const cache = new RepositoryCache(join(folder, "hub"), { type: "model", id: "acme/open" });
  const file = { path: "model.safetensors", size: 1000, blobId: "", sha256: "a".repeat(64) };
  const blob = cache.blobPath(file);
  await mkdir(dirname(blob), { recursive: true });
  await writeFile(`${blob}.incomplete`, Buffer.alloc(100));
  await writeFile(`${blob}.0123abcd-17.incomplete`, Buffer.alloc(700));
  await requireSpace(cache, [file], async () => 300);
  await expect(requireSpace(cache, [file], async () => 299)).rejects.toThrow("Not enough disk space");
});

test("a cache that cannot be written names the folder, and where to name another", async () => {
  await writeFile(join(folder, "hub"), "a file in the way");
  await expect(resolve("acme/open")).rejects.toMatchObject({
    message: expect.stringMatching(
      /^Cannot write .*hub\/models--acme--open\S*: a part of the path is a file, not a folder\.$/,
    ),
    hint: expect.stringContaining("HF_HOME"),
  });
});
