import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PavlovError } from "@pavlov/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { TrainEvent } from "../run/events.js";
import { HubServer, sha256 } from "./hub-server.test.fixture.js";
import { resolveModel, type ResolveModelOptions } from "./resolve-model.js";

let hub: HubServer;
let folder: string;
const weights = Buffer.from(Array.from({ length: 400_000 }, (_, at) => (at * 31) % 251));
const files = {
  "config.json": '{"model_type":"llama"}',
  "tokenizer.json": "{ }",
  "tokenizer_config.json": "{}",
  "model.safetensors": weights,
};

beforeAll(async () => {
  hub = await HubServer.start();
  process.env["HF_ENDPOINT"] = hub.endpoint;
});
afterAll(async () => {
  delete process.env["HF_ENDPOINT"];
  await hub.close();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-hub-"));
  hub.reset();
  hub.add("model", "acme/tiny", files);
});
afterEach(() => rm(folder, { recursive: true }));

const blobs = (): string => join(folder, "models--acme--tiny/blobs");
const blob = (): string => join(blobs(), sha256(weights));
const resolve = (options: ResolveModelOptions = {}) =>
  resolveModel("acme/tiny", {
    cacheFolder: folder,
    base: folder,
    token: "",
    timing: { stall: 200, backoff: 5 },
    ...options,
  });
const failure = (options: ResolveModelOptions = {}): Promise<PavlovError> =>
  resolve(options).then(
    () => expect.unreachable("it was resolved"),
    (error: unknown) => error as PavlovError,
  );

/** Of each request to the storage: where it began, and what was sent. */
const parts = () => hub.requests.filter(({ isStorage }) => isStorage).map(({ range, bytes }) => [range, bytes]);
const partials = async (): Promise<string[]> => (await readdir(blobs())).filter((name) => name.endsWith(".incomplete"));
const expectWhole = async (): Promise<void> => {
  expect(weights.equals(await readFile(blob()))).toBe(true);
  expect(await partials()).toEqual([]);
};

describe("a download", () => {
  test("that is cut off goes on where it ended", async () => {
    hub.fail("file=model", { cutAfter: 100_000 });
    hub.fail("file=model", { cutAfter: 200_000 });
    await resolve();
    expect(parts()).toEqual([
      [undefined, 100_000],
      ["bytes=100000-", 200_000],
      ["bytes=300000-", 100_000],
    ]);
    await expectWhole();
  });

  test("that stalls is given up after a while and goes on too", async () => {
    hub.fail("file=model", { stallAfter: 150_000 });
    await resolve();
    expect(parts()[1]).toEqual(["bytes=150000-", 250_000]);
    await expectWhole();
  });

  test("that ends early as if it were whole goes on", async () => {
    hub.fail("file=model", { endAfter: 350_000 });
    await resolve();
    expect(parts()[1]).toEqual(["bytes=350000-", 50_000]);
    await expectWhole();
  });

  test("from a server that knows no ranges begins again", async () => {
    hub.fail("file=model", { cutAfter: 100_000 });
    hub.fail("file=model", { ignoreRange: true });
    await resolve();
    expect(parts()).toEqual([
      [undefined, 100_000],
      ["bytes=100000-", 400_000],
    ]);
    await expectWhole();
  });

  test("that never brings anything fails in the end, and what came before is kept", async () => {
    hub.fail("file=model", { cutAfter: 100_000 });
    hub.fail("file=model", { cutAfter: 0 }, 99);
    expect((await failure()).message).toContain("closed the connection.");
    // Five connections in a row that bring nothing.
    expect(parts()).toEqual([[undefined, 100_000], ...Array.from({ length: 5 }, () => ["bytes=100000-", 0])]);
    expect(await partials()).toEqual([`${sha256(weights)}.incomplete`]);
    hub.reset();
    await resolve();
    expect(parts()).toEqual([["bytes=100000-", 300_000]]);
    await expectWhole();
  });

  test("with wrong contents is fetched once more", async () => {
    hub.fail("file=model", { corrupt: true });
    await resolve();
    expect(parts()).toEqual([
      [undefined, 400_000],
      [undefined, 400_000],
    ]);
    await expectWhole();
  });

  test("with wrong contents twice fails and leaves nothing", async () => {
    hub.fail("file=model", { corrupt: true }, 99);
    const error = await failure();
    expect(error.message).toBe(
      "model.safetensors of the model acme/tiny came twice with other contents than the hub lists " +
        `(SHA-256 ${sha256(weights)}, 400000 bytes).`,
    );
    expect(error.hint).toContain("HF_ENDPOINT");
    expect((await readdir(blobs())).filter((name) => name.startsWith(sha256(weights)))).toEqual([]);
    expect(await readdir(join(folder, "models--acme--tiny/snapshots", await readCommit()))).not.toContain(
      "model.safetensors",
    );
  });

  test("of a small file is held to Git's hash", async () => {
    hub.fail("resolve/", { corrupt: true }, 8);
    expect((await failure()).message).toMatch(/came twice with other contents than the hub lists \(Git hash \w{40}/);
  });

  test("that is interrupted leaves what has arrived, and the next one goes on", async () => {
    hub.fail("file=model", { stallAfter: 250_000 });
    const controller = new AbortController();
    const onEvent = (event: TrainEvent): void => {
      if (event.type === "download" && event.bytes === 250_000) controller.abort();
    };
    await expect(
      resolve({ signal: controller.signal, onEvent, timing: { stall: 60_000, backoff: 5 } }),
    ).rejects.toMatchObject({ name: "AbortError" });
    expect((await stat(`${blob()}.incomplete`)).size).toBe(250_000);
    hub.reset();
    await resolve();
    expect(parts()).toEqual([["bytes=250000-", 150_000]]);
    await expectWhole();
  });

  test("goes on from what a process has left that was killed", async () => {
    await mkdir(blobs(), { recursive: true });
    const ended = await new Promise<number>((done) => {
      const child = execFile(process.execPath, ["--version"], () => done(child.pid as number));
    });
    const [name] = (await leftBy("0")).slice(0, 1);
    await writeFile(join(blobs(), (name as string).replace(/-\d+\./, `-${ended}.`)), weights.subarray(0, 390_000));
    await resolve();
    expect(parts()).toEqual([["bytes=390000-", 10_000]]);
    await expectWhole();
  });

  test("leaves alone what another program is adding to, and what Python names", async () => {
    await mkdir(blobs(), { recursive: true });
    const python = `${blob()}.1a2b3c4d.incomplete`;
    await writeFile(python, "its own");
    await utimes(python, 0, 0);
    await resolve();
    expect(parts()).toEqual([[undefined, 400_000]]);
    expect(await partials()).toEqual([`${sha256(weights)}.1a2b3c4d.incomplete`]);
  });

  test("that has begun wrongly is noticed by its hash", async () => {
    await mkdir(blobs(), { recursive: true });
    await writeFile(`${blob()}.incomplete`, Buffer.alloc(100_000, 9));
    await utimes(`${blob()}.incomplete`, 0, 0);
    await resolve();
    expect(parts()).toEqual([
      ["bytes=100000-", 300_000],
      [undefined, 400_000],
    ]);
    await expectWhole();
  });

  test("that is asked for twice at once is made once", async () => {
    await Promise.all([resolve(), resolve(), resolve()]);
    expect(parts()).toEqual([[undefined, 400_000]]);
    await expectWhole();
  });
});

test("processes that want the same model at once both get it whole, and the second waits for the first", async () => {
  hub.fail("file=model", { stallAfter: 200_000 });
  const script = `
    const { resolveModel } = await import(${JSON.stringify(new URL("../../dist/hub/resolve-model.js", import.meta.url).href)});
    const { folder } = await resolveModel("acme/tiny", {
      cacheFolder: process.argv[1], token: "", timing: { stall: 700, backoff: 5 },
    });
    console.log(folder);
  `;
  const run = (): Promise<string> =>
    new Promise((done, fail) => {
      const given = ["--input-type=module", "-e", script, folder];
      const cwd = fileURLToPath(new URL(".", import.meta.url));
      execFile(process.execPath, given, { cwd }, (error, stdout) => (error ? fail(error) : done(stdout.trim())));
    });
  const [first, second] = await Promise.all([run(), run()]);
  expect(first).toBe(second);
  await expectWhole();
  expect(weights.equals(await readFile(join(first, "model.safetensors")))).toBe(true);
});

const readCommit = (): Promise<string> => readFile(join(folder, "models--acme--tiny/refs/main"), "utf8");

/** The names that this machine gives to files it adds to: made by a download that is stopped. */
async function leftBy(_process: string): Promise<string[]> {
  hub.fail("file=model", { stallAfter: 1000 });
  const controller = new AbortController();
  let names: string[] = [];
  const looking = resolve({
    signal: controller.signal,
    timing: { stall: 60_000 },
    onEvent: (event) => {
      if (event.type !== "download" || event.bytes !== 1000) return;
      void partials().then((found) => {
        names = found;
        controller.abort();
      });
    },
  });
  await looking.catch(() => undefined);
  await rm(folder, { recursive: true });
  await mkdir(blobs(), { recursive: true });
  hub.reset();
  return names;
}
