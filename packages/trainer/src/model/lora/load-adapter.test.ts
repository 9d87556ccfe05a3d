import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../config.js";
import type { Parameter } from "../parameters.js";
import { readSafetensors, writeSafetensors } from "../safetensors.js";
import { tinyModel } from "../tiny-model.test.fixture.js";
import { loadAdapter } from "./load-adapter.js";
import { tinyAdapter, type TinyAdapter } from "./lora.test.fixture.js";

let folder: string;
let tiny: TinyAdapter;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-adapter-"));
  tiny = await tinyAdapter(folder);
});
afterAll(() => rm(folder, { recursive: true }));

interface Change {
  readonly config?: JsonObject;
  readonly weights?: (stored: Record<string, Parameter>) => Record<string, Parameter>;
}

/** A copy of the adapter with other settings or weights. */
const changed = async ({ config = {}, weights }: Change): Promise<string> => {
  const copy = join(folder, `changed-${count++}`);
  await cp(tiny.adapter, copy, { recursive: true });
  const path = join(copy, "adapter_config.json");
  const json = JSON.parse(await readFile(path, "utf8")) as JsonObject;
  await writeFile(path, JSON.stringify({ ...json, ...config }));
  const stored = join(copy, "adapter_model.safetensors");
  if (weights) await writeSafetensors(stored, weights(await readSafetensors(stored)));
  return copy;
};

const load = async (change: Change) => loadAdapter(await changed(change), tiny.config, "base");
const renamed = (from: string, to: string) => (stored: Record<string, Parameter>) =>
  Object.fromEntries(Object.entries(stored).map(([name, parameter]) => [name.replace(from, to), parameter]));
const without = (part: string) => (stored: Record<string, Parameter>) =>
  Object.fromEntries(Object.entries(stored).filter(([name]) => !name.includes(part)));

test("an adapter comes back as it was saved, under the names of training", async () => {
  const { parameters, peft, projections } = await loadAdapter(tiny.adapter, tiny.config, "base");
  expect(parameters).toEqual(tiny.parameters);
  expect(Object.keys(parameters)).toEqual(Object.keys(tiny.parameters));
  expect(peft).toMatchObject({ rank: 2, alpha: 6, useRslora: false, dropout: 0, base: tiny.model });
  expect(projections).toHaveLength(14);
  expect(projections[0]).toBe("model.layers.0.self_attn.q_proj");
  expect(Object.keys(parameters)[0]).toBe("model.layers.0.self_attn.q_proj.lora_A.weight");
});

test("names are read with the adapter's own name and without PEFT's prefix too", async () => {
  for (const [from, to] of [
    [".weight", ".default.weight"],
    ["base_model.model.", ""],
  ] as const) {
    expect((await load({ weights: renamed(from, to) })).parameters).toEqual(tiny.parameters);
  }
});

test("settings that change nothing are taken: patterns of the common rank, other targets spelled as text", async () => {
  const config = { rank_pattern: { q_proj: 2 }, alpha_pattern: {}, target_modules: ".*_proj", use_dora: null };
  expect((await load({ config })).parameters).toEqual(tiny.parameters);
});

describe("refused with a sentence that says what is wrong:", () => {
  const cases: [what: string, change: Change, message: RegExp][] = [
    ["another kind of adapter", { config: { peft_type: "IA3" } }, /peft_type is "IA3"; LORA is the one kind/],
    ["no kind", { config: { peft_type: null } }, /peft_type is null/],
    ["DoRA", { config: { use_dora: true } }, /use_dora is true: adapters with DoRA's magnitudes are not supported/],
    ["trained biases", { config: { bias: "all" } }, /bias is "all"; only "none"/],
    ["whole weights", { config: { modules_to_save: ["lm_head"] } }, /modules_to_save is \["lm_head"\]/],
    ["several ranks", { config: { rank_pattern: { q_proj: 8 } } }, /rank_pattern gives q_proj 8 where r is 2/],
    [
      "several alphas",
      { config: { alpha_pattern: { k_proj: 1 } } },
      /alpha_pattern gives k_proj 1 where lora_alpha is 6/,
    ],
    ["a rewritten base", { config: { init_lora_weights: "pissa_niter_4" } }, /"pissa_niter_4", which changes the base/],
    ["a rank of nothing", { config: { r: 0 } }, /r is 0; it must be a positive number/],
    ["a rank that is no whole number", { config: { r: 1.5 } }, /r is 1.5; it must be a whole number/],
    ["no alpha", { config: { lora_alpha: null } }, /lora_alpha is null; it must be a positive number/],
    [
      "another rank than the weights have",
      { config: { r: 3 } },
      /model\.layers\.0\.self_attn\.q_proj\.lora_A\.weight has the shape \[2, 16\]; the model base with rank 3 needs \[3, 16\]/,
    ],
    ["no B", { weights: without("1.mlp.up_proj.lora_B") }, /model\.layers\.1\.mlp\.up_proj\.lora_B\.weight is missing/],
    ["no A", { weights: without("1.mlp.up_proj.lora_A") }, /model\.layers\.1\.mlp\.up_proj\.lora_A\.weight is missing/],
    [
      "neither of a target",
      { weights: without("1.mlp.up_proj"), config: { target_modules: ["up_proj"] } },
      /up_proj\.lora_A\.weight is missing; target_modules asks for it/,
    ],
    ["no weights at all", { weights: () => ({}) }, /holds no weights of an adapter/],
    [
      "a layer that the model has not",
      { weights: renamed("layers.1.", "layers.7.") },
      /a weight for model\.layers\.7\.self_attn\.q_proj, which the model base has not/,
    ],
    [
      "a vector of DoRA",
      { weights: renamed("0.mlp.up_proj.lora_B.weight", "0.mlp.up_proj.lora_magnitude_vector") },
      /lora_magnitude_vector" is no part of a LoRA adapter/,
    ],
    [
      "values that are not finite",
      { weights: (stored) => ({ ...stored, ...nanIn(stored, "0.self_attn.q_proj.lora_A") }) },
      /holds NaN/,
    ],
  ];
  test.each(cases)("%s", async (_, change, message) => {
    await expect(load(change)).rejects.toThrow(message);
    await expect(load(change)).rejects.toMatchObject({ name: "PavlovError" });
  });

  test("an adapter for another base, by the weight and both shapes", async () => {
    const { config } = tinyModel({ hidden_size: 32, num_attention_heads: 8 });
    await expect(loadAdapter(tiny.adapter, config, "wide")).rejects.toThrow(
      /q_proj\.lora_A\.weight has the shape \[2, 16\]; the model wide with rank 2 needs \[2, 32\]/,
    );
  });

  test("a folder without weights, and one with PyTorch's", async () => {
    const bare = await changed({});
    await rm(join(bare, "adapter_model.safetensors"));
    await expect(loadAdapter(bare, tiny.config, "base")).rejects.toThrow(/it has no adapter_model\.safetensors/);
    await writeFile(join(bare, "adapter_model.bin"), "");
    await expect(loadAdapter(bare, tiny.config, "base")).rejects.toMatchObject({
      hint: expect.stringContaining("safe_serialization=True") as string,
    });
  });

  test("a folder that is none, and a damaged file", async () => {
    const empty = join(folder, "empty");
    await mkdir(empty);
    await expect(loadAdapter(empty, tiny.config, "base")).rejects.toThrow(
      /is not an adapter: it has no adapter_config/,
    );
    const cut = await changed({});
    const path = join(cut, "adapter_model.safetensors");
    await writeFile(path, (await readFile(path)).subarray(0, 3000));
    await expect(loadAdapter(cut, tiny.config, "base")).rejects.toThrow(path);
    await writeFile(join(cut, "adapter_config.json"), "{");
    await expect(loadAdapter(cut, tiny.config, "base")).rejects.toThrow(/adapter_config\.json is not valid JSON/);
  });
});

function nanIn(stored: Record<string, Parameter>, part: string): Record<string, Parameter> {
  const [name, parameter] = Object.entries(stored).find(([each]) => each.includes(part)) ?? [];
  if (name === undefined || !parameter) return {};
  return {
    [name]: { shape: parameter.shape, data: parameter.data.map((value, index) => (index === 3 ? NaN : value)) },
  };
}
