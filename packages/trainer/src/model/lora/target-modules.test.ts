import { describe, expect, test } from "vitest";
import { parameterShapes } from "../parameters.js";
import { tinyModel } from "../tiny-model.test.fixture.js";
import { initializeAdapter } from "./initialize.js";
import { adaptedShapes, adapterShapes, projectionShapes, resolveTargets, shortestTargets } from "./target-modules.js";

const { config } = tinyModel();

describe("target modules", () => {
  test("all-linear takes every projection of every layer, and neither embeddings nor head", () => {
    const all = resolveTargets(config, "all-linear");
    expect(all).toHaveLength(14);
    expect(all.every((name) => name.endsWith("_proj"))).toBe(true);
  });

  test("are matched by their end or their whole name, as PEFT does, and come in the model's order", () => {
    expect(resolveTargets(config, ["v_proj", "q_proj"])).toEqual([
      "model.layers.0.self_attn.q_proj",
      "model.layers.0.self_attn.v_proj",
      "model.layers.1.self_attn.q_proj",
      "model.layers.1.self_attn.v_proj",
    ]);
    expect(resolveTargets(config, ["mlp.up_proj", "model.layers.1.self_attn.k_proj"])).toEqual([
      "model.layers.0.mlp.up_proj",
      "model.layers.1.self_attn.k_proj",
      "model.layers.1.mlp.up_proj",
    ]);
  });

  test.each(["query", "proj", "lm_head", "model.layers.2.self_attn.q_proj", "up_porj"])(
    "that the model has not are an error with the list of what there is: %s",
    (name) => {
      expect(() => resolveTargets(config, ["q_proj", name])).toThrow(`The model has no projection "${name}"`);
    },
  );

  test("suggest the nearest name", () => {
    expect(() => resolveTargets(config, ["up_porj"])).toThrow('Did you mean "up_proj"?');
  });

  test("are written as short as they can be", () => {
    expect(shortestTargets(config, resolveTargets(config, ["q_proj", "v_proj"]))).toEqual(["q_proj", "v_proj"]);
    const one = ["model.layers.1.self_attn.k_proj"];
    expect(shortestTargets(config, one)).toEqual(one);
  });

  test("the adapter's weights stand after those that they adapt", () => {
    const names = Object.keys(adaptedShapes(config, adapterShapes(config, ["model.layers.0.self_attn.q_proj"], 3)));
    const place = names.indexOf("model.layers.0.self_attn.q_proj.weight");
    expect(names.slice(place + 1, place + 3)).toEqual([
      "model.layers.0.self_attn.q_proj.lora_A.weight",
      "model.layers.0.self_attn.q_proj.lora_B.weight",
    ]);
    expect(names).toHaveLength(Object.keys(parameterShapes(config)).length + 2);
  });

  test("projections have the shapes of their weights", () => {
    expect(projectionShapes(config)["model.layers.1.mlp.down_proj"]).toEqual([16, 24]);
  });
});

describe("an adapter's first weights", () => {
  const settings = { rank: 8, initLoraWeights: true as const, seed: 11 };
  const all = resolveTargets(config, "all-linear");

  test("are uniform within 1 / sqrt(inputs) for A, and zero for B", () => {
    for (const [name, { data, shape }] of Object.entries(initializeAdapter(config, all, settings))) {
      if (name.includes("lora_B")) {
        expect(data.every((value) => value === 0)).toBe(true);
        continue;
      }
      const bound = 1 / Math.sqrt(shape[1] as number);
      const largest = Math.max(...data.map(Math.abs));
      expect(largest).toBeLessThanOrEqual(bound);
      expect(largest).toBeGreaterThan(0.9 * bound);
      const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
      expect(Math.abs(mean)).toBeLessThan((4 * bound) / Math.sqrt(3 * data.length));
    }
  });

  test("are normal with deviation 1 / rank where asked", () => {
    const gaussian = initializeAdapter(config, all, { ...settings, initLoraWeights: "gaussian" });
    const values = Object.entries(gaussian).flatMap(([name, { data }]) => (name.includes("lora_A") ? [...data] : []));
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    expect(deviation * 8).toBeCloseTo(1, 1);
  });

  test("depend on the seed and the projection alone, not on what else is adapted", () => {
    const name = "model.layers.1.self_attn.v_proj.lora_A.weight";
    const values = (targets: readonly string[], seed = 11) =>
      initializeAdapter(config, resolveTargets(config, targets), { ...settings, seed })[name]?.data;
    expect(values(["v_proj"])).toEqual(values(["q_proj", "v_proj", "up_proj"]));
    expect(values(["v_proj"])).not.toEqual(values(["v_proj"], 12));
    const other = initializeAdapter(config, all, settings)["model.layers.0.self_attn.v_proj.lora_A.weight"]?.data;
    expect(values(["v_proj"])).not.toEqual(other);
  });
});
