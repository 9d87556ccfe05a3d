/** An engine whose runs copy their inputs to a device: what no training changes is part of the programs. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Buffers, Engine } from "../engine/engine.js";
import { createOnnxRuntimeEngine } from "../engine/onnxruntime/engine.js";
import { grpoConfigSchema, lossOptions } from "../grpo/config.js";
import { adaptedLinear } from "../model/linear.js";
import { tinyModel, weightBuffers } from "../model/tiny-model.test.fixture.js";
import { createTrainingPass } from "./create-pass.js";
import type { TokenRow } from "./protocol.js";

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeEngine({ threads: 1 });
});
afterAll(() => engine.dispose());

const rows: readonly TokenRow[] = [
  { promptIds: [3, 4, 5], completionIds: [6, 7, 8, 2], advantage: 1.2 },
  { promptIds: [9], completionIds: [10, 2], advantage: -0.4 },
];

const loss = {
  kind: "grpo",
  options: lossOptions(grpoConfigSchema.parse({})),
  temperature: 1,
  itemsInBatch: 6,
  gradientAccumulationSteps: 1,
  stepsPerGeneration: 1,
  entropyCoefficient: 0,
} as const;

test("frozen weights are constants, and the gradients stay what they were", async () => {
  const { config, parameters } = tinyModel();
  const name = "model.layers.0.self_attn.q_proj";
  const rank = 2;
  const values = (count: number) => Float32Array.from({ length: count }, (_, index) => Math.sin(index + 1) / 5);
  const weights: Buffers = {
    ...weightBuffers(engine, parameters),
    [`${name}.lora_A.weight`]: engine.buffer(values(rank * 16), [rank, 16]),
    [`${name}.lora_B.weight`]: engine.buffer(values(16 * rank), [16, rank]),
  };
  const shapes = Object.fromEntries(Object.entries(weights).map(([key, { shape }]) => [key, shape]));
  const trainable = [`${name}.lora_A.weight`, `${name}.lora_B.weight`];
  const inputs: string[][] = [];
  const gradientsOn = async (on: Engine) => {
    const pass = createTrainingPass({
      engine: on,
      config,
      parameters: shapes,
      trainable,
      linear: adaptedLinear(2),
      padTokenId: 0,
    });
    const { gradients } = await pass.accumulate({ rows, loss }, weights);
    pass.release();
    return Object.fromEntries(Object.entries(gradients ?? {}).map(([key, { data }]) => [key, [...(data ?? [])]]));
  };
  const copying: Engine = {
    ...engine,
    copiesInputs: true,
    compile: (title, program, specs, options = {}) => {
      inputs.push(Object.keys(specs).filter((key) => options.constants?.[key] === undefined && key in shapes));
      return engine.compile(title, program, specs, options);
    },
  };
  const [plain, copied] = [await gradientsOn(engine), await gradientsOn(copying)];
  expect(inputs).toEqual([trainable]);
  expect(Object.keys(copied)).toEqual(trainable);
  for (const key of trainable) {
    copied[key]?.forEach((value, index) => expect(value).toBeCloseTo(plain[key]?.[index] as number, 5));
    expect(copied[key]?.some((value) => value !== 0)).toBe(true);
  }
});
