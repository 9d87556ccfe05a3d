import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PavlovError } from "@pavlov/core";
import { uniform } from "../rollout/uniform.js";
import { loadModel, saveModel } from "./load.js";
import { writeSafetensors } from "./safetensors.js";
import { tinyConfigJson, tinyModel } from "./tiny-model.test.fixture.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "pavlov-model-"));
});
afterEach(() => rm(root, { recursive: true }));

const { parameters } = tinyModel();
const configJson = tinyConfigJson();
const place = () => join(root, "model");

describe("a saved model", () => {
  test("is loaded with the same weights, in the order of the layers", async () => {
    await saveModel(place(), { parameters, configJson, generationConfig: { eos_token_id: [2, 9] } });
    const loaded = await loadModel(place());
    expect(loaded.parameters).toEqual(parameters);
    expect(Object.keys(loaded.parameters)).toEqual(Object.keys(parameters));
    expect(loaded.config.eosTokenIds).toEqual([2, 9]);
    expect(loaded.generationConfig).toEqual({ eos_token_id: [2, 9] });
  });

  test("keeps its source's configuration and tokenizer, under any name", async () => {
    await saveModel(place(), { parameters, configJson: { ...configJson, extra: "kept" } });
    await writeFile(join(place(), "tokenizer.json"), "{}");
    await writeFile(join(place(), "chat_template.jinja"), "hello");
    await writeFile(join(place(), "README.md"), "not part of the tokenizer");
    await saveModel(join(root, "deep", "trained"), { parameters, source: place() });
    const files = await readdir(join(root, "deep", "trained"));
    expect(files.sort()).toEqual(["chat_template.jinja", "config.json", "model.safetensors", "tokenizer.json"]);
    expect(JSON.parse(await readFile(join(root, "deep", "trained", "config.json"), "utf8"))).toMatchObject({
      extra: "kept",
      dtype: "float32",
    });
  });

  test("says how its weights are stored under the name that its configuration has", async () => {
    const older = { ...configJson, torch_dtype: "bfloat16" };
    await saveModel(place(), { parameters, configJson: older });
    const saved = JSON.parse(await readFile(join(place(), "config.json"), "utf8")) as Record<string, unknown>;
    expect([saved["torch_dtype"], saved["dtype"]]).toEqual(["float32", undefined]);
  });

  test("replaces another one and leaves nothing beside it, also when it is its own source", async () => {
    await saveModel(place(), { parameters, configJson });
    const changed = { ...parameters, "model.norm.weight": { shape: [16], data: new Float32Array(16).fill(3) } };
    await saveModel(place(), { parameters: changed, source: place() });
    expect((await loadModel(place())).parameters).toEqual(changed);
    expect(await readdir(root)).toEqual(["model"]);
  });

  test("that cannot be written leaves the one before it", async () => {
    await saveModel(place(), { parameters, configJson });
    const broken = { x: { shape: [1], data: null as unknown as Float32Array } };
    await expect(saveModel(place(), { parameters: broken, source: place() })).rejects.toThrow(/null/);
    expect((await loadModel(place())).parameters).toEqual(parameters);
    expect(await readdir(root)).toEqual(["model"]);
  });
});

test("shards are read through their index", async () => {
  await saveModel(place(), { parameters, configJson });
  await rm(join(place(), "model.safetensors"));
  const names = Object.keys(parameters);
  const map: Record<string, string> = {};
  for (const shard of [0, 1]) {
    const file = `model-0000${shard + 1}-of-00002.safetensors`;
    const part = names.filter((_, index) => index % 2 === shard);
    for (const name of part) map[name] = file;
    await writeSafetensors(
      join(place(), file),
      Object.fromEntries(Object.entries(parameters).filter(([name]) => part.includes(name))),
    );
  }
  await writeFile(join(place(), "model.safetensors.index.json"), JSON.stringify({ weight_map: map }));
  expect((await loadModel(place())).parameters).toEqual(parameters);
});

describe("a folder is refused, with the file that is wrong:", () => {
  test("no config.json", async () => {
    await expect(loadModel(root)).rejects.toThrow("is not a model: it has no config.json");
  });

  test("a config.json that is not JSON", async () => {
    await writeFile(join(root, "config.json"), "{ model_type: ");
    await expect(loadModel(root)).rejects.toThrow("config.json is not valid JSON");
  });

  test("no weights", async () => {
    await writeFile(join(root, "config.json"), JSON.stringify(configJson));
    await expect(loadModel(root)).rejects.toThrow("has no model.safetensors and no model.safetensors.index.json");
  });

  test("a missing weight", async () => {
    const { "model.norm.weight": _, ...rest } = parameters;
    await saveModel(place(), { parameters: rest, configJson });
    await expect(loadModel(place())).rejects.toThrow("the weight model.norm.weight is missing");
  });

  test("a weight of another shape", async () => {
    await saveModel(place(), { parameters, configJson: { ...configJson, intermediate_size: 25 } });
    await expect(loadModel(place())).rejects.toThrow("has the shape [24, 16]; config.json asks for [25, 16]");
  });

  test("an index that leads out of the folder", async () => {
    await writeFile(join(root, "config.json"), JSON.stringify(configJson));
    await writeFile(join(root, "model.safetensors.index.json"), JSON.stringify({ weight_map: { x: "../x" } }));
    await expect(loadModel(root)).rejects.toThrow('names the file "../x"; it must lie in the folder');
  });
});

test("a config.json with changed bytes gives a sentence or a model, never another error", async () => {
  await saveModel(place(), { parameters, configJson });
  const file = join(place(), "config.json");
  const original = await readFile(file);
  for (let round = 0; round < 100; round++) {
    const changed = Buffer.from(original);
    for (let change = 0; change < 2; change++) {
      const position = Math.floor(uniform(1, round, change, 0) * changed.length);
      // Digits and signs of JSON, which leave it readable more often than any byte would.
      const bytes = '0123456789-.,:"[]{}e';
      changed[position] = bytes.charCodeAt(Math.floor(uniform(1, round, change, 1) * bytes.length));
    }
    await writeFile(file, changed);
    const error = await loadModel(place()).catch((thrown: unknown) => thrown);
    if (error instanceof Error) expect(PavlovError.isInstance(error), `${error.stack} ${changed}`).toBe(true);
  }
});
