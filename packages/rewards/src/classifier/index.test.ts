import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { compose, createScorer, type ScoredBatch, use } from "@pavlov/core";
import { afterAll, afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { hostileTexts } from "@pavlov/core/testing";
import { classifier } from "./index.js";
import { locateModel } from "./locate-model.js";
import { writeTinyModel } from "./tiny-model.test.fixture.js";

const sentiment = writeTinyModel({
  labels: ["negative", "positive"],
  weights: { good: [0, 1], bad: [1, 0], question: [0, 0.5] },
});
const reward = writeTinyModel({ labels: ["LABEL_0"], weights: { good: [2], bad: [-3], question: [10] } });
const template = "{% for message in messages %}[{{ message.role }}] {{ message.content }} {% endfor %}";
const chat = writeTinyModel({
  labels: ["LABEL_0"],
  weights: { "[user]": [100], "[assistant]": [1000], good: [1] },
  chatTemplate: template,
});
const made = [sentiment, reward, chat];
afterAll(() => made.forEach(({ remove }) => remove()));
afterEach(() => void vi.unstubAllEnvs());

async function scoreAll(
  params: Readonly<Record<string, unknown>>,
  completions: readonly string[],
  prompt?: string,
): Promise<ScoredBatch & { logged: string[] }> {
  const logged: string[] = [];
  const scorer = createScorer(compose({ model: use(classifier, { params }) }), {
    log: (_, message) => void logged.push(message),
  });
  try {
    const samples = completions.map((completion, index) => ({
      completion,
      row: {},
      groupId: String(index),
      ...(prompt !== undefined && { prompt }),
    }));
    return { ...(await scorer.score(samples)), logged };
  } finally {
    await scorer.dispose();
  }
}

const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));
const rounded = (batch: ScoredBatch) => batch.scores.flat().map((score) => Number(score?.toFixed(5)));

describe("a classifier", () => {
  const model = sentiment.folder;

  it("gives the probability of the label", async () => {
    const batch = await scoreAll({ model, label: "positive" }, ["good good", "bad", "nothing known", "good bad"]);
    expect(rounded(batch)).toEqual([sigmoid(2), sigmoid(-1), 0.5, 0.5].map((score) => Number(score.toFixed(5))));
    expect(batch.reasons[0]).toEqual(['the probability of "positive" is 0.8808']);
  });

  it("scores each text the same in batches of any size", async () => {
    const texts = Array.from({ length: 11 }, (_, index) => "good ".repeat(index));
    const one = await scoreAll({ model, label: "positive", batchSize: 1 }, texts);
    for (const batchSize of [4, 100]) {
      expect(rounded(await scoreAll({ model, label: "positive", batchSize }, texts))).toEqual(rounded(one));
    }
  });

  it("whose tokenizer has nothing to pad with scores texts of any length", async () => {
    const other = writeTinyModel({ labels: ["a"], weights: { good: [1] } });
    made.push(other);
    const config = { tokenizer_class: "PreTrainedTokenizerFast", unk_token: "[UNK]", model_max_length: 64 };
    writeFileSync(join(other.folder, "tokenizer_config.json"), JSON.stringify(config));
    const { scores } = await scoreAll({ model: other.folder, activation: "none" }, ["good", "good good good", "bad"]);
    expect(scores.flat()).toEqual([1, 3, 0]);
  });

  it("reads no more of a text than it can, or than it is told to", async () => {
    const long = `${"good ".repeat(64)}${"bad ".repeat(1000)}`;
    const raw = { model, label: "negative", activation: "none" };
    expect(rounded(await scoreAll(raw, [long]))).toEqual([0]);
    expect(rounded(await scoreAll({ ...raw, maxLength: 2 }, ["bad bad bad"]))).toEqual([2]);
  });

  it("survives any text", async () => {
    const texts = hostileTexts().map(({ completion }) => completion);
    const { scores } = await scoreAll({ model, label: "positive" }, texts);
    expect(scores.flat().every((score) => score === 0.5)).toBe(true);
  });

  it("is found at the top of a folder too", async () => {
    const other = writeTinyModel({ labels: ["a", "b"], weights: { good: [1, 0] } });
    made.push(other);
    renameSync(join(other.folder, "onnx", "model.onnx"), join(other.folder, "model.onnx"));
    expect((await scoreAll({ model: other.folder, label: "a" }, [""])).scores).toEqual([[0.5]]);
  });

  it("whose labels do not exclude each other takes a sigmoid, or is told to", async () => {
    const other = writeTinyModel({
      labels: ["a", "b"],
      weights: { good: [1, 3] },
      config: { problem_type: "multi_label_classification" },
    });
    made.push(other);
    const params = { model: other.folder, label: "a" };
    const batch = await scoreAll({ ...params, activation: "sigmoid" }, ["good"]);
    expect(rounded(batch)).toEqual([Number(sigmoid(1).toFixed(5))]);
    expect(batch.logged).toEqual([]);
    expect((await scoreAll(params, ["good"])).logged[0]).toContain("do not exclude each other");
  });
});

describe("a reward model", () => {
  const model = reward.folder;

  it("gives its raw output, or a sigmoid of it", async () => {
    const batch = await scoreAll({ model, activation: "none" }, ["good good", "bad", ""]);
    expect(batch.scores).toEqual([[4], [-3], [0]]);
    expect(batch.reasons[1]).toEqual(['the output of "LABEL_0" is -3']);
    expect(rounded(await scoreAll({ model, activation: "sigmoid" }, ["good"]))).toEqual([
      Number(sigmoid(2).toFixed(5)),
    ]);
  });

  it("reads the prompt as the first of two texts, or by its chat template", async () => {
    const params = { activation: "none", input: "prompt-and-completion" };
    expect((await scoreAll({ ...params, model }, ["good", ""], "question")).scores).toEqual([[12], [10]]);
    expect((await scoreAll({ ...params, model: chat.folder }, ["good"], "good")).scores).toEqual([[1102]]);
  });

  it("that is to read the prompt needs one", async () => {
    const params = { model, activation: "none", input: "prompt-and-completion" };
    await expect(scoreAll(params, ["good"])).rejects.toThrow("this completion comes without one");
  });

  it("scores the others where one completion has no prompt, or no place in the chat template", async () => {
    const strict = writeTinyModel({
      labels: ["LABEL_0"],
      weights: { good: [1] },
      chatTemplate:
        '{% for message in messages %}{% if message.content == "never" %}{{ raise_exception("Not so.") }}{% endif %}' +
        "{{ message.content }} {% endfor %}",
    });
    made.push(strict);
    const params = { model: strict.folder, activation: "none", input: "prompt-and-completion" } as const;
    const scorer = createScorer(compose({ model: use(classifier, { params }) }), { onError: "drop" });
    const samples = [["good", "p"], ["good"], ["never", "p"], ["good good", "p"]].map(([completion = "", prompt]) => ({
      completion,
      row: {},
      groupId: "g",
      ...(prompt !== undefined && { prompt }),
    }));
    const { scores, failures } = await scorer.score(samples);
    await scorer.dispose();
    expect(scores.flat()).toEqual([1, null, null, 2]);
    expect(failures[1]?.[0]?.message).toContain('comes without one. Set the param input to "completion"');
    expect(failures[2]?.[0]?.message).toContain("Not so.");
  });
});

describe("what a user can do wrong is an error that says what", () => {
  const broken = mkdtempSync(join(tmpdir(), "pavlov-broken-"));
  afterAll(() => rmSync(broken, { recursive: true, force: true }));

  it.each([
    ["no model", {}, "There is no model to classify with"],
    ["a folder that is not there", { model: "./nowhere/at/all" }, 'The model "./nowhere/at/all" is not there'],
    ["an empty folder", { model: broken }, "has no config.json"],
    ["a type that is not there", { model: sentiment.folder, dtype: "q8" }, "neither onnx/model_quantized.onnx nor"],
    ["no label", { model: sentiment.folder }, 'names none: "negative", "positive"'],
    [
      "a wrong label",
      { model: sentiment.folder, label: "postive" },
      'no label "postive"; it has "negative", "positive"',
    ],
    ["softmax of one output", { model: reward.folder }, "has one output, of which softmax always makes 1"],
    [
      "a repository, offline",
      { model: "nobody/nothing", offline: true, cacheFolder: broken },
      `The model nobody/nothing is neither in ${broken} nor in`,
    ],
    ["a hub that is not there", { model: "nobody/nothing", cacheFolder: broken }, "could not be loaded: fetch failed"],
  ])("%s", async (_, params, message) => {
    vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:9");
    await expect(scoreAll(params, ["good"])).rejects.toThrow(message);
  });

  it.each(["config.json", "tokenizer.json", "tokenizer_config.json"])("a %s that is cut off", async (file) => {
    const damaged = writeTinyModel({ labels: ["a"], weights: {} });
    made.push(damaged);
    for (const length of [0, 20]) {
      truncateSync(join(damaged.folder, file), length);
      await expect(scoreAll({ model: damaged.folder, activation: "none" }, ["good"])).rejects.toThrow(
        `has a ${file} that cannot be read: `,
      );
      writeFileSync(join(damaged.folder, file), '{"a": "a text of some length"}');
    }
  });

  it("a file that is no ONNX model", async () => {
    const damaged = writeTinyModel({ labels: ["a"], weights: {} });
    made.push(damaged);
    writeFileSync(join(damaged.folder, "onnx", "model.onnx"), "version https://git-lfs.github.com/spec/v1\n");
    await expect(scoreAll({ model: damaged.folder, activation: "none" }, ["good"])).rejects.toThrow("is no ONNX model");
  });
});

describe("a model of the hub", () => {
  const home = mkdtempSync(join(tmpdir(), "pavlov-hub-"));
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  const reference = { model: "org/tiny", revision: "main", dtype: "fp32", offline: null, cacheFolder: null };

  it("is taken from the cache that Python has filled", async () => {
    const commit = "0123456789abcdef0123456789abcdef01234567";
    const snapshot = join(home, "hub", "models--org--tiny", "snapshots", commit);
    const files = ["config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model.onnx"];
    for (const file of files) {
      mkdirSync(dirname(join(snapshot, file)), { recursive: true });
      writeFileSync(join(snapshot, file), "{}");
    }
    mkdirSync(join(home, "hub", "models--org--tiny", "refs"));
    writeFileSync(join(home, "hub", "models--org--tiny", "refs", "main"), commit);
    const environment = { HF_HOME: home };
    expect(await locateModel(reference, environment)).toMatchObject({ name: snapshot, isFolder: true });
    const quantized = await locateModel({ ...reference, dtype: "q8" }, environment);
    expect(quantized).toMatchObject({ name: "org/tiny", isFolder: false });
  });

  it("is asked for where the environment allows it, and kept beside Python's", async () => {
    const environment = { HF_HOME: join(home, "other") };
    const cacheFolder = join(home, "other", "transformers.js");
    expect(await locateModel(reference, environment)).toEqual({
      name: "org/tiny",
      isFolder: false,
      subfolder: "onnx",
      cacheFolder,
    });
    await expect(locateModel(reference, { ...environment, HF_HUB_OFFLINE: "1" })).rejects.toThrow(
      "and nothing is downloaded: the param offline, HF_HUB_OFFLINE or",
    );
  });

  it("is downloaded once, and then nobody is asked again", async () => {
    const hub = await startHub(sentiment.folder);
    vi.stubEnv("HF_ENDPOINT", hub.url);
    vi.stubEnv("HF_HOME", join(home, "third"));
    const params = { model: "org/sentiment", label: "positive" };
    expect(rounded(await scoreAll(params, ["good good"]))).toEqual([Number(sigmoid(2).toFixed(5))]);
    const asked = hub.paths.length;
    expect(hub.paths).toContain("/org/sentiment/resolve/main/onnx/model.onnx");
    for (const offline of [null, true]) {
      expect(rounded(await scoreAll({ ...params, offline }, ["good good"]))).toEqual([Number(sigmoid(2).toFixed(5))]);
    }
    expect(hub.paths).toHaveLength(asked);
  });

  it("whose weights may be in several files is looked up again while that may be", async () => {
    const cacheFolder = join(home, "fourth");
    for (const file of ["config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model.onnx"]) {
      mkdirSync(dirname(join(cacheFolder, "org", "tiny", file)), { recursive: true });
      writeFileSync(
        join(cacheFolder, "org", "tiny", file),
        '{"transformers.js_config":{"use_external_data_format":true}}',
      );
    }
    const place = { ...reference, cacheFolder };
    const environment = { HF_HOME: join(home, "fifth") };
    expect(await locateModel(place, environment)).toMatchObject({ isFolder: false });
    expect(await locateModel({ ...place, offline: true }, environment)).toMatchObject({ isFolder: true });
  });
});

/** A hub that has one model, under any name, and ends with its test. */
async function startHub(folder: string) {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? "");
    const [, file = ""] = /\/resolve\/main\/(.*)$/.exec(request.url ?? "") ?? [];
    const path = join(folder, file);
    response.writeHead(existsSync(path) ? 200 : 404).end(existsSync(path) ? readFileSync(path) : "");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, paths };
}
