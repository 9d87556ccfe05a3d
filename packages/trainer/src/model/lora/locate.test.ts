import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../config.js";
import { loadModel } from "../load.js";
import { baseReference, isAdapterFolder, locateModel } from "./locate.js";
import { tinyAdapter, type TinyAdapter } from "./lora.test.fixture.js";
import { mergeAdapter } from "./merge.js";
import { mergeAdapterFolder } from "./merge-folder.js";

let folder: string;
let tiny: TinyAdapter;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-locate-"));
  tiny = await tinyAdapter(folder);
});
afterAll(() => rm(folder, { recursive: true }));

/** A copy of the adapter with other settings. */
const withConfig = async (changes: JsonObject): Promise<string> => {
  const copy = join(folder, `copy-${count++}`);
  await cp(tiny.adapter, copy, { recursive: true });
  const path = join(copy, "adapter_config.json");
  await writeFile(path, JSON.stringify({ ...(JSON.parse(await readFile(path, "utf8")) as JsonObject), ...changes }));
  return copy;
};

describe("a model", () => {
  test("is found as it is, and has its own tokenizer", async () => {
    const located = await locateModel({ model: tiny.model });
    expect(located).toEqual({ model: tiny.model, adapter: null, tokenizer: tiny.model, peft: null });
  });

  test("may be given with its adapter, or as the adapter alone", async () => {
    const together = { model: tiny.model, adapter: tiny.adapter };
    expect(await locateModel(together)).toMatchObject({ ...together, tokenizer: tiny.model });
    expect(await locateModel({ model: tiny.adapter })).toMatchObject(together);
    await expect(locateModel({ model: tiny.adapter, adapter: tiny.adapter })).rejects.toThrow("a model can have one");
    await expect(locateModel({ model: tiny.model, adapter: tiny.model })).rejects.toThrow("is not an adapter");
  });
});

describe("the base of an adapter", () => {
  test.each([
    ["from the working directory, as PEFT takes it", () => relative(process.cwd(), tiny.model)],
    ["from the adapter's folder", () => "../base"],
  ])("is a folder %s", async (_, path) => {
    const adapter = await withConfig({ base_model_name_or_path: path() });
    expect((await locateModel({ model: adapter })).model).toBe(tiny.model);
  });

  test("may be an id, which a resolver finds with its revision", async () => {
    const adapter = await withConfig({ base_model_name_or_path: "someone/some-model", revision: "v2" });
    const asked: unknown[] = [];
    const resolveModel = (...request: unknown[]) => {
      asked.push(request);
      return Promise.resolve(tiny.model);
    };
    expect((await locateModel({ model: adapter, resolveModel })).model).toBe(tiny.model);
    expect(asked).toEqual([["someone/some-model", "v2"]]);
    await expect(locateModel({ model: adapter })).rejects.toThrow("there is no folder someone/some-model");
  });

  test("that is nowhere, or not named, is an error that says how to give it", async () => {
    const nowhere = await withConfig({ base_model_name_or_path: "/nowhere/at/all" });
    await expect(locateModel({ model: nowhere })).rejects.toMatchObject({
      message: expect.stringContaining("there is no folder /nowhere/at/all") as string,
      hint: expect.stringContaining("Give the base as the model") as string,
    });
    const unnamed = await withConfig({ base_model_name_or_path: null });
    await expect(locateModel({ model: unnamed })).rejects.toThrow("does not name the base model");
  });

  test("is written as an id where it lies in Hugging Face's cache", () => {
    const cache = "/home/x/.cache/huggingface/hub";
    expect(baseReference(`${cache}/models--some-one--a-model/snapshots/abc123`)).toEqual({
      base: "some-one/a-model",
      revision: "abc123",
    });
    expect(baseReference("/models/x")).toEqual({ base: "/models/x", revision: null });
  });
});

test("an adapter with dropout can be used but not trained on", async () => {
  const adapter = await withConfig({ lora_dropout: 0.05 });
  expect((await locateModel({ model: adapter })).peft?.dropout).toBe(0.05);
  await expect(locateModel({ model: adapter, training: true })).rejects.toThrow("lora_dropout 0.05");
});

test("a folder is an adapter's where it has settings and no weights of a model", async () => {
  expect(await isAdapterFolder(tiny.adapter)).toBe(true);
  expect(await isAdapterFolder(tiny.model)).toBe(false);
  expect(await isAdapterFolder(join(folder, "nothing"))).toBe(false);
});

describe("merging into a folder", () => {
  test("adds scale times B·A to the weights that are adapted, and leaves the others", async () => {
    const output = join(folder, "merged");
    const { base, projections } = await mergeAdapterFolder({ adapter: tiny.adapter, output });
    expect({ base, projections }).toEqual({ base: tiny.model, projections: 14 });
    const { parameters } = await loadModel(output);
    expect(parameters).toEqual(mergeAdapter(tiny.base, tiny.parameters, 3));
    // Element [1, 2] by hand.
    const [name, changed] = ["model.layers.0.mlp.up_proj", parameters["model.layers.0.mlp.up_proj.weight"]];
    const [a, b] = [tiny.parameters[`${name}.lora_A.weight`]?.data, tiny.parameters[`${name}.lora_B.weight`]?.data];
    const sum = (b?.[2] ?? 0) * (a?.[2] ?? 0) + (b?.[3] ?? 0) * (a?.[18] ?? 0);
    expect(changed?.data[18]).toBeCloseTo((tiny.base[`${name}.weight`]?.data[18] ?? 0) + 3 * sum, 6);
    expect(parameters["model.embed_tokens.weight"]).toEqual(tiny.base["model.embed_tokens.weight"]);
  });

  test("takes the base from another place, and refuses a model in place of the adapter", async () => {
    const [adapter, elsewhere] = [await withConfig({ base_model_name_or_path: "lost" }), join(folder, "elsewhere")];
    await mkdir(elsewhere);
    await cp(tiny.model, join(elsewhere, "base"), { recursive: true });
    const model = join(elsewhere, "moved");
    await rename(join(elsewhere, "base"), model);
    const output = join(folder, "merged-elsewhere");
    expect((await mergeAdapterFolder({ adapter, model, output })).base).toBe(model);
    await expect(mergeAdapterFolder({ adapter: tiny.model, output })).rejects.toThrow("is not an adapter");
  });
});
