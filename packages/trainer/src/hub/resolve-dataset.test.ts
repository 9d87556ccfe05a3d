import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadDataset } from "@pavlov/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { TrainEvent } from "../run/events.js";
import { HubServer } from "./hub-server.test.fixture.js";
import { resolveDataset, type DatasetReference, type ResolveDatasetOptions } from "./resolve-dataset.js";

let hub: HubServer;
let folder: string;
let commit: string;
const events: TrainEvent[] = [];
const rows = (from: number, count: number): string =>
  Array.from(
    { length: count },
    (_, at) => `${JSON.stringify({ question: `What is ${from + at}?`, answer: `${from + at}` })}\n`,
  ).join("");
const files = {
  "README.md":
    "---\nconfigs:\n- config_name: main\n  data_files:\n  - { split: train, path: main/train-* }\n  - { split: test, path: main/test* }\n---\n",
  "main/train-00000-of-00002.jsonl": rows(0, 40),
  "main/train-00001-of-00002.jsonl": rows(40, 2),
  "main/test.jsonl": rows(900, 3),
};

beforeAll(async () => {
  hub = await HubServer.start();
  process.env["HF_ENDPOINT"] = hub.endpoint;
  commit = hub.add("dataset", "acme/questions", files, { revisions: ["v2"] });
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

const resolve = (reference: string | DatasetReference, options: ResolveDatasetOptions = {}) =>
  resolveDataset(reference, {
    ...{ cacheFolder: join(folder, "hub"), base: folder, token: "", timing: { backoff: 5 } },
    onEvent: (event) => void events.push(event),
    ...options,
  });

describe("a dataset of the hub", () => {
  test("is the files of a split, which are read in their order, with the prompt where questions usually are", async () => {
    const resolved = await resolve("acme/questions");
    expect(resolved).toMatchObject({ id: "acme/questions", commit, config: "main", split: "train" });
    const dataset = await loadDataset(resolved.options);
    expect(dataset.name).toBe("acme/questions (main, train)");
    expect(dataset.rows.map(({ columns }) => columns["answer"])).toEqual(
      Array.from({ length: 42 }, (_, at) => `${at}`),
    );
    expect(dataset.rows[0]?.prompt).toBe("What is 0?");
    // The large one lies in the storage; the files of other splits are left where they are.
    expect(hub.requests.filter(({ isStorage }) => isStorage)).toHaveLength(1);
    expect(hub.requests.filter(({ path }) => path.includes("test.jsonl"))).toEqual([]);
  });

  test("takes a revision, a split and the options that make prompts", async () => {
    const resolved = await resolve({
      path: "acme/questions",
      config: "main",
      split: "test",
      revision: "v2",
      template: "Q: {{question}}",
      limit: 2,
    });
    const dataset = await loadDataset(resolved.options);
    expect(dataset.rows.map(({ prompt }) => prompt)).toEqual(["Q: What is 900?", "Q: What is 901?"]);
    hub.reset();
    await resolve({ path: "acme/questions", split: "test", revision: commit });
    expect(hub.requests).toEqual([]);
  });

  test("is taken from the cache offline, and what is not there is named", async () => {
    await resolve({ path: "acme/questions", split: "test" });
    hub.reset();
    expect(await resolve({ path: "acme/questions", split: "test" }, { offline: true })).toMatchObject({ commit });
    await expect(resolve("acme/questions", { offline: true })).rejects.toMatchObject({
      message:
        "The cache lacks main/train-00000-of-00002.jsonl, main/train-00001-of-00002.jsonl of the dataset " +
        "acme/questions, and nothing may be downloaded.",
    });
    expect(hub.requests).toEqual([]);
  });

  test("is not taken for whole where a shard is missing and nobody has listed them", async () => {
    const { options } = await resolve("acme/questions");
    await rm(join(folder, "hub/datasets--acme--questions/trees"), { recursive: true });
    expect(await resolve("acme/questions", { offline: true })).toMatchObject({ commit });
    await rm(options.path[1] as string);
    await expect(resolve("acme/questions", { offline: true })).rejects.toThrow(
      "The cache holds only a part of acme/questions: it lacks main/train-00001-of-00002.jsonl.",
    );
  });

  test("that is mistyped is neither a file nor on the hub", async () => {
    await expect(resolve("acme/qestions")).rejects.toMatchObject({
      message: `There is no file or folder ${join(folder, "acme/qestions")}. There is no dataset acme/qestions at ${hub.endpoint}.`,
      hint: expect.stringMatching(/^Did you mean acme\/questions\?/),
    });
  });
});

describe("files", () => {
  test.each(["data/trian.jsonl", "data/*.jsonl", "./acme/questions", "train.csv"])(
    "%s is asked of nobody",
    async (path) => {
      expect(await resolve({ path, limit: 3 })).toEqual({
        options: { path, limit: 3 },
        id: null,
        commit: null,
        config: null,
        split: null,
      });
      expect(hub.requests).toEqual([]);
    },
  );

  test("have no splits", async () => {
    await writeFile(join(folder, "rows"), "");
    await expect(resolve({ path: "rows", split: "test" })).rejects.toMatchObject({
      message: "split: test is for datasets of the hub, but rows names files.",
    });
  });
});
