import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PavlovError } from "@pavlov/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { TrainEvent } from "../run/events.js";
import { blobId, HubServer, sha256 } from "./hub-server.test.fixture.js";
import { resolveModel, type ResolveModelOptions } from "./resolve-model.js";

let hub: HubServer;
let folder: string;
const events: TrainEvent[] = [];

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
  events.length = 0;
});
afterEach(() => rm(folder, { recursive: true }));

const weights = Buffer.alloc(300_000, "weights");
const files = {
  "config.json": '{"model_type":"llama"}',
  "generation_config.json": '{"eos_token_id":2}',
  "tokenizer.json": "{}".padEnd(5000),
  "tokenizer_config.json": "{}",
  "chat_template.jinja": "{{ messages }}",
  "model.safetensors": weights,
  "pytorch_model.bin": Buffer.alloc(2000, 1),
  "onnx/model.onnx": Buffer.alloc(2000, 2),
  "README.md": "# A model",
};
const wanted = [
  "chat_template.jinja",
  "config.json",
  "generation_config.json",
  "model.safetensors",
  "tokenizer.json",
  "tokenizer_config.json",
];

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

const asked = (): string[] => hub.requests.map(({ path }) => path.replace(/\?.*/, ""));

describe("a model of the hub", () => {
  test("is downloaded into the cache as Python lays it out, without what is not needed", async () => {
    const commit = hub.add("model", "acme/tiny", files);
    const model = await resolve("acme/tiny");
    const repository = join(folder, "hub/models--acme--tiny");
    expect(model).toEqual({ folder: join(repository, "snapshots", commit), id: "acme/tiny", commit });
    expect((await readdir(model.folder)).toSorted()).toEqual(wanted);
    expect(await readFile(join(repository, "refs/main"), "utf8")).toBe(commit);
    expect(weights.equals(await readFile(join(model.folder, "model.safetensors")))).toBe(true);
    expect(await readlink(join(model.folder, "model.safetensors"))).toBe(join("../../blobs", sha256(weights)));
    expect(await readlink(join(model.folder, "config.json"))).toBe(
      join("../../blobs", blobId(Buffer.from(files["config.json"]))),
    );
    expect((await readdir(join(repository, "blobs"))).filter((name) => name.endsWith(".incomplete"))).toEqual([]);
  });

  test("is asked for once: the second time one request says that nothing is new", async () => {
    const commit = hub.add("model", "acme/tiny", files);
    await resolve("acme/tiny");
    const bytes = wanted.reduce((sum, name) => sum + Buffer.from(files[name as keyof typeof files]).length, 0);
    expect(hub.fileBytes).toBe(bytes);
    hub.reset();
    expect(await resolve("acme/tiny")).toMatchObject({ commit });
    expect(asked()).toEqual(["/api/models/acme/tiny/revision/main"]);
    expect(hub.fileBytes).toBe(0);
  });

  test("that is pinned to a commit in the cache takes no request at all", async () => {
    const commit = hub.add("model", "acme/tiny", files, { revisions: ["v1.0"] });
    const model = await resolve("acme/tiny", { revision: "v1.0" });
    expect(await readFile(join(folder, "hub/models--acme--tiny/refs/v1.0"), "utf8")).toBe(commit);
    hub.reset();
    expect(await resolve("acme/tiny", { revision: commit })).toEqual(model);
    expect(hub.requests).toEqual([]);
  });

  test("brings only what has changed when its branch moves on", async () => {
    hub.add("model", "acme/tiny", files);
    await resolve("acme/tiny");
    hub.reset();
    const commit = hub.add("model", "acme/tiny", { ...files, "config.json": '{"model_type":"qwen2"}' });
    const model = await resolve("acme/tiny");
    expect(model.commit).toBe(commit);
    expect(hub.fileBytes).toBe(Buffer.from('{"model_type":"qwen2"}').length);
    expect(weights.equals(await readFile(join(model.folder, "model.safetensors")))).toBe(true);
  });

  test("in shards brings the files of its index and no others", async () => {
    const shards = { "part-1.safetensors": Buffer.alloc(4000, 1), "part-2.safetensors": Buffer.alloc(4000, 2) };
    const index = JSON.stringify({
      weight_map: { a: "part-1.safetensors", b: "part-2.safetensors", c: "part-1.safetensors" },
    });
    const { "model.safetensors": _, ...rest } = files;
    hub.add("model", "acme/large", {
      ...{ ...rest, ...shards },
      "model.safetensors.index.json": index,
      "consolidated.safetensors": Buffer.alloc(9000, 3),
    });
    const model = await resolve("acme/large");
    const names = (await readdir(model.folder)).filter((name) => name.includes("safetensors"));
    expect(names.toSorted()).toEqual(["model.safetensors.index.json", ...Object.keys(shards)]);
    hub.reset();
    await resolve("acme/large", { revision: model.commit as string });
    expect(hub.requests).toEqual([]);
  });

  test("tells how much of each file and of all of them has arrived", async () => {
    hub.add("model", "acme/tiny", files);
    await resolve("acme/tiny");
    const downloads = events.filter((event) => event.type === "download");
    expect(new Set(downloads.map(({ file }) => file))).toEqual(new Set(wanted));
    const last = downloads.filter(({ file }) => file === "model.safetensors").at(-1);
    expect(last).toMatchObject({ repository: "acme/tiny", bytes: weights.length, total: weights.length });
    expect(last?.allBytes).toBe(last?.allTotal);
    expect(downloads.every(({ bytes, total, allBytes, allTotal }) => bytes <= total && allBytes <= allTotal)).toBe(
      true,
    );
  });
});

describe("without the hub", () => {
  test("offline takes nothing but the cache, and asks nobody", async () => {
    const commit = hub.add("model", "acme/tiny", files);
    await resolve("acme/tiny");
    hub.reset();
    expect(await resolve("acme/tiny", { offline: true })).toMatchObject({ commit });
    expect(hub.requests).toEqual([]);
    const error = await failure("acme/other", { offline: true });
    expect(error.message).toContain(`There is no folder ${join(folder, "acme/other")}.`);
    expect(error.message).toContain("The model acme/other (main) is not in the cache");
    expect(error.hint).toContain("--offline");
  });

  test("offline names what a part of a model lacks, whoever has downloaded it", async () => {
    const commit = hub.add("model", "acme/tiny", files);
    const { folder: snapshot } = await resolve("acme/tiny");
    await rm(join(snapshot, "model.safetensors"));
    expect((await failure("acme/tiny", { offline: true })).message).toBe(
      "The cache lacks model.safetensors of the model acme/tiny, and nothing may be downloaded.",
    );
    // Python's `from_pretrained` keeps no list of files.
    await rm(join(folder, "hub/models--acme--tiny/trees"), { recursive: true });
    expect((await failure("acme/tiny", { offline: true })).message).toBe(
      `The cache holds only a part of acme/tiny (commit ${commit.slice(0, 12)}): it lacks model.safetensors.`,
    );
  });

  test("a hub that cannot be reached leaves what the cache has, with a warning", async () => {
    const commit = hub.add("model", "acme/tiny", files);
    await resolve("acme/tiny");
    events.length = 0;
    hub.fail("/api/", { status: 503 }, 99);
    expect(await resolve("acme/tiny")).toMatchObject({ commit });
    expect(events).toEqual([
      { type: "warning", message: expect.stringContaining(`Using acme/tiny as it is in the cache`) },
    ]);
  });

  test("a damaged file of the cache is downloaded again", async () => {
    hub.add("model", "acme/tiny", files);
    const model = await resolve("acme/tiny");
    await writeFile(join(model.folder, "model.safetensors"), "cut off");
    await writeFile(join(folder, "hub/models--acme--tiny/trees", `${model.commit}.json`), "{");
    await resolve("acme/tiny");
    expect(weights.equals(await readFile(join(model.folder, "model.safetensors")))).toBe(true);
  });
});

describe("a name", () => {
  test("of a folder that exists is the folder", async () => {
    await mkdir(join(folder, "acme/tiny"), { recursive: true });
    expect(await resolve("acme/tiny")).toEqual({ folder: join(folder, "acme/tiny"), id: null, commit: null });
    expect(hub.requests).toEqual([]);
    expect((await failure("acme/tiny", { revision: "main" })).message).toContain("acme/tiny is a folder");
  });

  test.each(["./modles/tiny", "../acme/tiny", "/acme/tiny", "models/small/tiny", "~/tiny", "acme--tiny", "a model"])(
    "%s that is no folder is asked of nobody",
    async (reference) => {
      const error = await failure(reference);
      expect(error.message).toBe(`There is no model folder ${reference}.`);
      expect(error.hint).toContain("Looked for /");
      expect(hub.requests).toEqual([]);
    },
  );

  test("that is neither a folder nor a repository says both, and the nearest repository", async () => {
    hub.add("model", "acme/arithmetic", files);
    const error = await failure("acme/arithmetc");
    expect(error.message).toBe(
      `There is no folder ${join(folder, "acme/arithmetc")}. There is no model acme/arithmetc at ${hub.endpoint}.`,
    );
    expect(error.hint).toMatch(/^Did you mean acme\/arithmetic\? Check the spelling; if it is private, set HF_TOKEN/);
  });

  test("of a file is no model", async () => {
    await writeFile(join(folder, "model"), "");
    expect((await failure("model")).message).toBe("model is a file, not the folder of a model.");
  });

  test("of a repository that holds no model says what it lacks, before it is downloaded", async () => {
    hub.add("model", "acme/gguf", { ...files, "model.safetensors": "", "model.gguf": Buffer.alloc(9000) });
    const { "model.safetensors": _, ...rest } = files;
    hub.add("model", "acme/old", rest);
    expect((await failure("acme/old")).message).toBe(
      "acme/old has no model.safetensors, only pytorch_model.bin, onnx/model.onnx, which are not read.",
    );
    hub.add("model", "acme/notes", { "README.md": "# Notes" });
    expect((await failure("acme/notes")).message).toContain(
      "acme/notes is not a model that can be read: it has no config.json, no tokenizer.json, no tokenizer_config.json",
    );
    expect(hub.fileBytes).toBe(0);
  });

  test("with files that would leave the cache is refused", async () => {
    hub.add("model", "acme/evil", { ...files, "../../evil.json": "{}" });
    expect((await failure("acme/evil")).message).toContain('"../../evil.json", which is not safe to write');
    expect((await failure("acme/evil", { revision: "../../x" })).message).toBe('"../../x" is no revision.');
    expect(await lstat(join(folder, "hub/models--acme--evil/refs/main")).then((entry) => entry.isFile())).toBe(true);
    expect(await stat(join(folder, "evil.json")).catch(() => null)).toBeNull();
  });
});
