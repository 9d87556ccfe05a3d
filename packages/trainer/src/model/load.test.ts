import { copyFile, mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PavlovError } from "@pavlov/core";
import { uniform } from "../rollout/uniform.js";
import type { JsonObject } from "./config.js";
import { loadModel, loadModelConfig, modelWarnings, saveModel } from "./load.js";
import { readSafetensors } from "./safetensors.js";
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

describe("a model in shards", () => {
  const index = () => join(place(), "model.safetensors.index.json");
  const largest = 23 * 16 * 4;
  beforeEach(() => saveModel(place(), { parameters, configJson, maxShardSize: 3000 }));

  test("is written as transformers writes it, no shard above the limit", async () => {
    const shards = (await readdir(place())).filter((file) => file.endsWith(".safetensors"));
    expect(shards).toContain("model-00001-of-00010.safetensors");
    for (const shard of shards) {
      const sizes = Object.values(await readSafetensors(join(place(), shard))).map(({ data }) => data.byteLength);
      expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(3000);
    }
    const { metadata, weight_map: map } = JSON.parse(await readFile(index(), "utf8")) as {
      metadata: Record<string, number>;
      weight_map: Record<string, string>;
    };
    const elements = Object.values(parameters).reduce((sum, { data }) => sum + data.length, 0);
    expect(metadata).toEqual({ total_parameters: elements, total_size: elements * 4 });
    expect(Object.keys(map)).toEqual(Object.keys(parameters).toSorted());
    expect(map["model.embed_tokens.weight"]).toBe("model-00001-of-00010.safetensors");
  });

  test("is loaded with the same weights", async () => {
    expect((await loadModel(place())).parameters).toEqual(parameters);
  });

  test("has a shard for each weight that is above the limit by itself, and one file where all fit", async () => {
    await saveModel(place(), { parameters, configJson, maxShardSize: 1 });
    expect((await readdir(place())).filter((file) => file.endsWith(".safetensors"))).toHaveLength(
      Object.keys(parameters).length,
    );
    await saveModel(place(), { parameters, configJson, maxShardSize: largest * 100 });
    expect(await readdir(place())).toEqual(["config.json", "model.safetensors"]);
  });

  test("is refused where a shard is missing, or does not hold what the index says", async () => {
    await rename(join(place(), "model-00002-of-00010.safetensors"), join(place(), "model-00003-of-00010.safetensors"));
    await expect(loadModel(place())).rejects.toThrow(
      "model-00002-of-00010.safetensors cannot be opened: it is not there",
    );
    await copyFile(
      join(place(), "model-00003-of-00010.safetensors"),
      join(place(), "model-00002-of-00010.safetensors"),
    );
    await expect(loadModel(place())).rejects.toThrow(/says that model-00003-of-00010.safetensors holds the weight/);
  });

  test("is refused where the index lists nothing or leads out of the folder", async () => {
    await writeFile(index(), JSON.stringify({ weight_map: {} }));
    await expect(loadModel(place())).rejects.toThrow("index.json lists no weights");
    await writeFile(index(), JSON.stringify({ weight_map: [] }));
    await expect(loadModel(place())).rejects.toThrow("has no `weight_map`");
    for (const file of ["../x", "..", "/etc/passwd", "a\\b", 3]) {
      await writeFile(index(), JSON.stringify({ weight_map: { x: file } }));
      await expect(loadModel(place())).rejects.toThrow("it must lie in the folder");
    }
  });
});

describe("weights that the model does not have", () => {
  const tiedJson = { ...configJson, tie_word_embeddings: true };
  const { "lm_head.weight": _, ...tied } = parameters;
  const embeddings = parameters["model.embed_tokens.weight"]!;

  test("are named, but for a copy of tied embeddings and stored rotary frequencies", async () => {
    const more = {
      ...tied,
      "lm_head.weight": embeddings,
      "model.layers.0.self_attn.rotary_emb.inv_freq": { shape: [2], data: new Float32Array(2) },
      "score.weight": { shape: [2], data: new Float32Array(2) },
    };
    await saveModel(place(), { parameters: more, configJson: tiedJson });
    expect((await loadModel(place())).parameters).toEqual(tied);
    expect(await modelWarnings(place())).toEqual([
      `The files of ${place()} hold one weight that the model does not use (score.weight): the trained model lacks them.`,
    ]);
    await saveModel(place(), { parameters: tied, configJson: tiedJson });
    expect(await modelWarnings(place())).toEqual([]);
  });

  test("are refused where a tied head is not what it is tied to", async () => {
    await saveModel(place(), { parameters, configJson: tiedJson });
    const error = await loadModel(place()).catch((thrown: unknown) => thrown as PavlovError);
    expect(error).toMatchObject({
      message: expect.stringContaining("lm_head.weight holds other numbers") as string,
      hint: "Set tie_word_embeddings to false in config.json.",
    });
  });
});

describe("the end-of-sequence tokens of a model are", () => {
  const idsOf = async (generationConfig: JsonObject | undefined, files: Record<string, unknown>) => {
    await saveModel(place(), { parameters, configJson, ...(generationConfig ? { generationConfig } : {}) });
    for (const [file, json] of Object.entries(files)) await writeFile(join(place(), file), JSON.stringify(json));
    return (await loadModelConfig(place())).config.eosTokenIds;
  };
  const added = [{ id: 7, content: "<end>" }];

  test("those of generation_config.json, else of config.json", async () => {
    expect(await idsOf({ eos_token_id: [5, 6] }, {})).toEqual([5, 6]);
    expect(await idsOf({ eos_token_id: 5 }, {})).toEqual([5]);
    expect(await idsOf({}, {})).toEqual([2]);
    expect(await idsOf(undefined, {})).toEqual([2]);
  });

  test("and the tokenizer's, as in TRL", async () => {
    const tokenizer = { "tokenizer_config.json": { eos_token: "<end>" }, "tokenizer.json": { added_tokens: added } };
    expect(await idsOf({ eos_token_id: [5, 6] }, tokenizer)).toEqual([7, 5, 6]);
    expect(await idsOf({ eos_token_id: [5, 7] }, tokenizer)).toEqual([5, 7]);
    const described = { eos_token: { content: "<end>" }, added_tokens_decoder: { 9: { content: "<end>" } } };
    expect(await idsOf(undefined, { "tokenizer_config.json": described })).toEqual([9, 2]);
  });

  test("refused where they are no ids", async () => {
    await expect(idsOf({ eos_token_id: [5, "x"] }, {})).rejects.toThrow(
      'generation_config.json: `eos_token_id` is [5,"x"]; it must be a token id or a list of them',
    );
  });
});

test("a model too large for the disk is refused with free and needed bytes, and the one before it stays", async () => {
  await saveModel(place(), { parameters, configJson });
  const huge = { x: { shape: [2 ** 50], data: () => new Float32Array(1) } };
  await expect(saveModel(place(), { parameters: huge, configJson })).rejects.toThrow(
    /since the disk has too little room: [\d,]+ MB are free, 4,294,967,296 MB needed/,
  );
  expect((await loadModel(place())).parameters).toEqual(parameters);
  expect(await readdir(root)).toEqual(["model"]);
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

  test("weights in another format only", async () => {
    await writeFile(join(root, "config.json"), JSON.stringify(configJson));
    await writeFile(join(root, "pytorch_model.bin"), "");
    await expect(loadModel(root)).rejects.toMatchObject({
      hint: expect.stringContaining("pytorch_model.bin cannot be read: save the model as safetensors") as string,
    });
  });

  test("weights under other names", async () => {
    const renamed = Object.entries(parameters).map(([name, weight]) => [
      name.replace("model.", "transformer."),
      weight,
    ]);
    await saveModel(place(), { parameters: Object.fromEntries(renamed), configJson });
    await expect(loadModel(place())).rejects.toThrow('The file\'s names begin with "transformer." instead of "model."');
  });

  test("a weight that is not finite, with its place", async () => {
    const data = Float32Array.from({ length: 24 * 16 }, (_, index) => (index === 16 * 3 + 5 ? Infinity : 1));
    const broken = { ...parameters, "model.layers.1.mlp.up_proj.weight": { shape: [24, 16], data } };
    await saveModel(place(), { parameters: broken, configJson });
    await expect(loadModel(place())).rejects.toThrow(
      'model.safetensors: the tensor "model.layers.1.mlp.up_proj.weight" holds Infinity at [3, 5]',
    );
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
