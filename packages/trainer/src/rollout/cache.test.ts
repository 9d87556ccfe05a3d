import { beforeAll, expect, test } from "vitest";
import type { Buffers, Engine } from "../engine/engine.js";
import { createTfjsEngine } from "../engine/tfjs/engine.js";
import type { ModelConfig } from "../model/config.js";
import { tinyModel } from "../model/tiny-model.test.fixture.js";
import { createHostCache } from "./cache.js";
import { cacheNames } from "./program-inputs.js";

let engine: Engine;
beforeAll(async () => {
  engine = await createTfjsEngine("cpu");
});

/** Keys and values whose every number says where it came from: layer, row, head, token, element. */
function recorded(config: ModelConfig, rows: number, tokens: number, mark: number): Buffers {
  const { keyValueHeads, headDimension, layers } = config;
  const shape = [rows, keyValueHeads, tokens, headDimension];
  const buffers: Record<string, ReturnType<Engine["buffer"]>> = {};
  for (let layer = 0; layer < layers; layer++) {
    for (const [kind, name] of [cacheNames.keys(layer), cacheNames.values(layer)].entries()) {
      const data = Float32Array.from({ length: rows * keyValueHeads * tokens * headDimension }, (_, index) => {
        const token = Math.floor(index / headDimension) % tokens;
        const row = Math.floor(index / headDimension / tokens / keyValueHeads);
        return mark + layer * 1000 + kind * 500 + row * 100 + token;
      });
      buffers[name] = engine.buffer(data, shape);
    }
  }
  return buffers;
}

/** The same for one token a row, joined as a decode program returns them. */
function step(config: ModelConfig, rows: number, mark: number): Buffers[string] {
  const parts = Object.values(recorded(config, rows, 1, mark));
  const values = parts.flatMap(({ data }) => [...(data ?? [])]);
  return engine.buffer(Float32Array.from(values), [parts.length * rows, config.keyValueHeads, config.headDimension]);
}

/** The first element of each token of a slot's first head. */
function tokensOf(inputs: Buffers, name: string, slot: number, count: number): number[] {
  const buffer = inputs[name] as Buffers[string];
  const [, heads, , capacity, width] = buffer.shape as [number, number, number, number, number];
  return Array.from({ length: count }, (_, token) => buffer.data?.[(slot * heads * capacity + token) * width] ?? NaN);
}

function visible(inputs: Buffers, name: string, slot: number): number[] {
  const buffer = inputs[name] as Buffers[string];
  const capacity = buffer.shape[1] as number;
  return Array.from({ length: capacity }, (_, token) => token).filter(
    (token) => buffer.data?.[slot * capacity + token] === 0,
  );
}

test("a prompt's keys go to every completion of its group, at their own lengths", async () => {
  const { config } = tinyModel();
  const cache = createHostCache(engine, config, 20);
  await cache.admit(recorded(config, 2, 5, 0), [0, 0, 1], [3, 3, 5]);
  const inputs = cache.inputs();
  expect(cache.lengths).toEqual([3, 3, 5]);
  expect(tokensOf(inputs, "past.keys.1", 1, 3)).toEqual([1000, 1001, 1002]);
  expect(tokensOf(inputs, "past.values.0", 2, 5)).toEqual([600, 601, 602, 603, 604]);
  expect(visible(inputs, "bias", 0)).toEqual([0, 1, 2]);
  expect(visible(inputs, "bias", 2)).toEqual([0, 1, 2, 3, 4]);
});

test("a step is written behind each row's own tokens, also when the cache must grow", async () => {
  const { config } = tinyModel();
  const cache = createHostCache(engine, config, 200);
  await cache.admit(recorded(config, 2, 64, 0), [0, 1], [2, 63]);
  for (let turn = 0; turn < 4; turn++) cache.append(step(config, 2, 10_000 * (turn + 1)));
  const inputs = cache.inputs();
  expect(cache.lengths).toEqual([6, 67]);
  expect(tokensOf(inputs, "past.keys.0", 0, 6)).toEqual([0, 1, 10_000, 20_000, 30_000, 40_000]);
  expect(tokensOf(inputs, "past.keys.0", 1, 67).slice(61)).toEqual([161, 162, 10_100, 20_100, 30_100, 40_100]);
  expect(visible(inputs, "bias", 0)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(visible(inputs, "bias", 1)).toHaveLength(67);
});

test("finished slots leave and later prompts join", async () => {
  const { config } = tinyModel();
  const cache = createHostCache(engine, config, 16);
  await cache.admit(recorded(config, 4, 2, 0), [0, 1, 2, 3], [2, 2, 2, 1]);
  await cache.keep([0, 3]);
  expect(cache.rows).toBe(2);
  expect(cache.lengths).toEqual([2, 1]);
  await cache.admit(recorded(config, 1, 3, 5000), [0], [3]);
  const inputs = cache.inputs();
  expect(inputs["past.keys.0"]?.shape[0]).toBe(3);
  expect(tokensOf(inputs, "past.keys.0", 1, 1)).toEqual([300]);
  expect(tokensOf(inputs, "past.keys.0", 2, 3)).toEqual([5000, 5001, 5002]);
  expect(visible(inputs, "bias", 1)).toEqual([0]);
});

test("a sliding window forgets the oldest token when a new one comes", async () => {
  const { config } = tinyModel({ model_type: "mistral", sliding_window: 3 });
  const cache = createHostCache(engine, config, 16);
  await cache.admit(recorded(config, 1, 5, 0), [0], [5]);
  // With its own token the next query sees three.
  expect(visible(cache.inputs(), "windowBias", 0)).toEqual([3, 4]);
  cache.append(step(config, 1, 0));
  expect(visible(cache.inputs(), "windowBias", 0)).toEqual([4, 5]);
  expect(visible(cache.inputs(), "bias", 0)).toEqual([0, 1, 2, 3, 4, 5]);
});
