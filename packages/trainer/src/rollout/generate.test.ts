import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../engine/engine.js";
import { createOnnxRuntimeEngine } from "../engine/onnxruntime/engine.js";
import { createTfjsEngine } from "../engine/tfjs/engine.js";
import type { JsonObject } from "../model/config.js";
import { completionLogProbabilities } from "../model/log-probabilities.js";
import type { TinyModel } from "../model/tiny-model.test.fixture.js";
import { tinyModel, weightBuffers } from "../model/tiny-model.test.fixture.js";
import type { Completion, GenerateOptions } from "./generate.js";
import { createGenerator } from "./generate.js";

const prompts = [[5, 6, 7, 8, 9], [3], [4, 4, 4, 10, 11, 12, 13, 14]];

const engines: Record<string, Engine> = {};
beforeAll(async () => {
  engines["onnxruntime"] = await createOnnxRuntimeEngine({ threads: 1 });
  engines["tfjs"] = await createTfjsEngine("cpu");
});
afterAll(() => Object.values(engines).forEach((engine) => engine.dispose()));

async function generate(model: TinyModel, options: Partial<GenerateOptions>, name = "tfjs"): Promise<Completion[]> {
  const engine = engines[name] as Engine;
  const generator = createGenerator(engine, model.config);
  try {
    return await generator.generate(weightBuffers(engine, model.parameters), {
      prompts,
      maxCompletionLength: 12,
      seed: 11,
      step: 0,
      ...options,
    });
  } finally {
    generator.dispose();
  }
}

/** Log-probabilities of a completion as training computes them, without any cache. */
function trained(
  model: TinyModel,
  prompt: readonly number[],
  completion: readonly number[],
  temperature = 1,
): number[] {
  return tf.tidy(() => {
    const ids = [...prompt, ...completion];
    const shape: [number, number] = [1, ids.length];
    const parameters = Object.fromEntries(
      Object.entries(model.parameters).map(([key, { data, shape: sizes }]) => [key, tf.tensor(data, [...sizes])]),
    );
    const inputs = {
      ids: tf.tensor2d(ids, shape, "int32"),
      positions: tf.tensor2d([...ids.keys()], shape, "int32"),
      keyMask: tf.ones(shape),
    };
    const options = { completionTokens: completion.length, temperature };
    return [...completionLogProbabilities(model.config, parameters, inputs, options).logProbabilities.dataSync()];
  });
}

const families: readonly [string, JsonObject][] = [
  ["llama", {}],
  [
    "llama with rope scaling and biases",
    {
      attention_bias: true,
      mlp_bias: true,
      rope_parameters: {
        rope_type: "llama3",
        rope_theta: 500,
        factor: 8,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 16,
      },
    },
  ],
  ["qwen2", { model_type: "qwen2", tie_word_embeddings: true }],
  ["qwen3", { model_type: "qwen3", head_dim: 6 }],
  ["mistral", { model_type: "mistral", sliding_window: 4 }],
  [
    "gemma3",
    {
      model_type: "gemma3_text",
      head_dim: 8,
      sliding_window: 4,
      query_pre_attn_scalar: 8,
      layer_types: ["sliding_attention", "full_attention"],
      rope_parameters: {
        full_attention: { rope_type: "default", rope_theta: 100_000 },
        sliding_attention: { rope_type: "default", rope_theta: 100 },
      },
    },
  ],
];

describe.each(["tfjs", "onnxruntime"])("on the engine %s", (engine) => {
  test.each(families)("a %s reports the log-probabilities that training computes", async (_, changes) => {
    const model = tinyModel(changes);
    const completions = await generate(model, { sampling: { temperature: 0.8 }, stopTokenIds: [] }, engine);
    completions.forEach(({ tokenIds, logProbabilities }, row) => {
      const expected = trained(model, prompts[row] as number[], tokenIds, 0.8);
      expect(tokenIds).toHaveLength(12);
      expected.forEach((value, index) => expect(logProbabilities[index]).toBeCloseTo(value, 4));
    });
  });

  test("a row's tokens do not depend on the rows beside it", async () => {
    const model = tinyModel();
    const sampling = { temperature: 1.3 };
    const together = await generate(model, { numGenerations: 4, sampling }, engine);
    const few = await generate(model, { numGenerations: 4, sampling, maxRows: 4 }, engine);
    expect(few.map(({ tokenIds }) => tokenIds)).toEqual(together.map(({ tokenIds }) => tokenIds));
    const alone = await generate(model, { prompts: prompts.slice(0, 1), sampling }, engine);
    expect(alone[0]?.tokenIds).toEqual(together[0]?.tokenIds);
  });
});

test("rows wait where the keys of all would be more than the engine writes to at once", async () => {
  const model = tinyModel();
  const engine = engines["onnxruntime"] as Engine;
  const { keyValueHeads, headDimension } = model.config;
  const mostRows = async (most: Partial<Engine>): Promise<{ rows: number; ids: (readonly number[])[] }> => {
    let rows = 0;
    const limited: Engine = {
      ...engine,
      ...most,
      async compile(name, ...rest) {
        if (name === "scatter-trial") throw new Error("it is too large");
        const program = await engine.compile(name, ...rest);
        const run: typeof program.run = (given, into) => {
          if (!name.startsWith("prefill")) rows = Math.max(rows, given["positions"]?.shape[0] ?? 0);
          return program.run(given, into);
        };
        return { ...program, run };
      },
    };
    const generator = createGenerator(limited, model.config);
    const request = { prompts, numGenerations: 2, maxCompletionLength: 12, seed: 11, step: 0, stopTokenIds: [] };
    const completions = await generator.generate(weightBuffers(engine, model.parameters), request);
    generator.dispose();
    return { rows, ids: completions.map(({ tokenIds }) => tokenIds) };
  };
  const all = await mostRows({});
  expect(all.rows).toBe(6);
  // The longest prompt and its completion are 20 tokens.
  const few = await mostRows({ mostScattered: 3 * 4 * keyValueHeads * 20 * headDimension });
  expect(few.rows).toBe(2);
  expect(few.ids).toEqual(all.ids);
  // Not even the two completions of one prompt at the same time.
  const single = await mostRows({ mostScattered: 4 * keyValueHeads * 20 * headDimension });
  expect(single.rows).toBe(1);
  expect(single.ids).toEqual(all.ids);
});

describe("sampling", () => {
  test("the completions of a group differ, and so do steps and seeds; equal requests do not", async () => {
    const model = tinyModel();
    const text = async (options: Partial<GenerateOptions>) =>
      (await generate(model, { numGenerations: 3, stopTokenIds: [], ...options })).map(({ tokenIds }) =>
        tokenIds.join(),
      );
    const base = await text({});
    expect(new Set(base).size).toBe(9);
    expect(await text({})).toEqual(base);
    expect(await text({ step: 1 })).not.toEqual(base);
    expect(await text({ seed: 12 })).not.toEqual(base);
  });

  test("greedy takes the likeliest token, with and without filters", async () => {
    const model = tinyModel();
    const greedy = await generate(model, { sampling: { temperature: 0 }, stopTokenIds: [] });
    const filtered = await generate(model, { sampling: { topK: 1 }, stopTokenIds: [] });
    expect(filtered.map(({ tokenIds }) => tokenIds)).toEqual(greedy.map(({ tokenIds }) => tokenIds));
    filtered.forEach(({ logProbabilities }, row) => {
      logProbabilities.forEach((value, index) => {
        expect(value).toBeCloseTo(greedy[row]?.logProbabilities[index] as number, 5);
      });
    });
  });

  test("a high repetition penalty makes every token new", async () => {
    const [completion] = await generate(tinyModel(), {
      prompts: [[5]],
      sampling: { temperature: 0, repetitionPenalty: 1e6 },
      stopTokenIds: [],
    });
    expect(new Set([5, ...(completion?.tokenIds ?? [])]).size).toBe(13);
  });
});

describe("the program that samples", () => {
  const ids = (completions: readonly Completion[]) => completions.map(({ tokenIds }) => tokenIds);

  test.each(families)("of a %s draws the same tokens with streamed and packed weights", async (_, changes) => {
    const model = tinyModel(changes);
    const plain = await generate(model, { numGenerations: 3, stopTokenIds: [] }, "onnxruntime");
    for (const weights of ["inputs", "constants"] as const) {
      const fused = await generate(model, { numGenerations: 3, stopTokenIds: [], rollout: { weights } }, "onnxruntime");
      expect(ids(fused)).toEqual(ids(plain));
      fused.forEach(({ logProbabilities }, row) => {
        logProbabilities.forEach((value, at) =>
          expect(value).toBeCloseTo(plain[row]?.logProbabilities[at] as number, 4),
        );
      });
    }
  });

  test.each(families)("of a %s in 8 bits reports nearly the log-probabilities of float32", async (_, changes) => {
    const model = tinyModel(changes);
    for (const engine of ["onnxruntime", "tfjs"]) {
      const completions = await generate(model, { stopTokenIds: [], rollout: { precision: "int8" } }, engine);
      completions.forEach(({ tokenIds, logProbabilities }, row) => {
        const exact = trained(model, prompts[row] as number[], tokenIds);
        const drift = exact.map((value, at) => Math.abs(value - (logProbabilities[at] as number)));
        expect(drift.reduce((a, b) => a + b) / drift.length).toBeLessThan(0.05);
      });
    }
  });

  test.each(["constants", "int8"] as const)("sees weights that have changed (%s)", async (way) => {
    const engine = engines["onnxruntime"] as Engine;
    const model = tinyModel();
    const weights = weightBuffers(engine, model.parameters);
    const generator = createGenerator(engine, model.config);
    const rollout = way === "int8" ? { precision: way } : { weights: way };
    const options = { prompts, maxCompletionLength: 12, seed: 11, step: 0, stopTokenIds: [], rollout } as const;
    const before = await generator.generate(weights, options);
    weights["model.embed_tokens.weight"]?.data?.forEach((value, index, data) => (data[index] = value * (index % 3)));
    Object.entries(weights).forEach(([name, { data }]) => {
      if (name.endsWith("_proj.weight")) data?.forEach((value, index) => (data[index] = -value));
    });
    generator.weightsChanged();
    const after = await generator.generate(weights, options);
    const anew = createGenerator(engine, model.config);
    expect(ids(after)).toEqual(ids(await anew.generate(weights, options)));
    expect(ids(after)).not.toEqual(ids(before));
    expect(generator.costs()?.refreshSeconds).toBeGreaterThan(0);
    generator.release();
    expect(ids(await generator.generate(weights, options))).toEqual(ids(after));
    generator.dispose();
    anew.dispose();
  });
});

describe("the end of a completion", () => {
  test("is any end-of-sequence token, which is kept, or the length", async () => {
    const completions = await generate(tinyModel(), { numGenerations: 8, stopTokenIds: [2, 6, 9] });
    for (const { tokenIds, logProbabilities, finishReason } of completions) {
      const stop = tokenIds.findIndex((id) => [2, 6, 9].includes(id));
      expect(logProbabilities).toHaveLength(tokenIds.length);
      expect(finishReason).toBe(stop < 0 ? "length" : "stop");
      expect(tokenIds).toHaveLength(stop < 0 ? 12 : stop + 1);
    }
    expect(new Set(completions.map(({ finishReason }) => finishReason)).size).toBe(2);
  });

  test.each<[string, GenerateOptions["sampling"] & object]>([
    ["sampling", {}],
    ["greedy", { temperature: 0 }],
    ["filtered", { topK: 12 }],
  ])("does not come before the least length (%s), which changes no log-probability", async (_, sampling) => {
    const model = tinyModel();
    const options = { minCompletionLength: 5, numGenerations: 4, stopTokenIds: [2, 6, 9], sampling };
    for (const engine of ["onnxruntime", "tfjs"]) {
      const completions = await generate(model, options, engine);
      for (const { row, tokenIds, logProbabilities } of completions) {
        expect(tokenIds.slice(0, 5).some((id) => [2, 6, 9].includes(id))).toBe(false);
        const exact = trained(model, prompts[Math.floor(row / 4)] as number[], tokenIds);
        exact.forEach((value, at) => expect(logProbabilities[at]).toBeCloseTo(value, 4));
      }
    }
  });

  test("is reported at once, each row one time", async () => {
    const reported: Completion[] = [];
    const completions = await generate(tinyModel(), {
      numGenerations: 8,
      stopTokenIds: [2, 6, 9],
      onFinished: (completion) => reported.push(completion),
    });
    const lengths = reported.map(({ tokenIds }) => tokenIds.length);
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
    expect([...reported].sort((a, b) => a.row - b.row)).toEqual(completions);
    expect(completions.map(({ row }) => row)).toEqual(completions.map((_, index) => index));
  });

  test("comes early when the caller aborts", async () => {
    const controller = new AbortController();
    const running = generate(tinyModel(), {
      signal: controller.signal,
      stopTokenIds: [6],
      onFinished: () => controller.abort(new Error("enough")),
      numGenerations: 8,
    });
    await expect(running).rejects.toThrow("enough");
  });
});

describe("a request that cannot be met is refused", () => {
  test.each<[string, Partial<GenerateOptions>, string]>([
    [
      "a prompt longer than the context",
      { prompts: [[1], Array.from({ length: 70 }, () => 1)] },
      "Prompt 1 has 70 tokens; the model's context holds 64.",
    ],
    [
      "no room for the completion",
      { prompts: [Array.from({ length: 60 }, () => 1)] },
      "Prompt 0 has 60 tokens, which leaves 4 of the context's 64 for the completion; maxCompletionLength is 12.",
    ],
    ["an empty prompt", { prompts: [[]] }, "Prompt 0 has no tokens."],
    [
      "a token that the model does not know",
      { prompts: [[1, 23]] },
      "Prompt 0 holds the token id 23; the model's vocabulary has 23.",
    ],
    ["no tokens to generate", { maxCompletionLength: 0 }, "maxCompletionLength is 0"],
  ])("%s", async (_, options, message) => {
    await expect(generate(tinyModel(), options)).rejects.toThrow(message);
  });

  test("unless the context is used to its last position", async () => {
    const [completion] = await generate(tinyModel(), {
      prompts: [Array.from({ length: 52 }, () => 1)],
      stopTokenIds: [],
    });
    expect(completion?.tokenIds).toHaveLength(12);
  });
});
