import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../engine/engine.js";
import { createOnnxRuntimeEngine } from "../engine/onnxruntime/engine.js";
import { linear } from "../model/linear.js";
import { tinyModel, weightBuffers } from "../model/tiny-model.test.fixture.js";
import { createTrainingPass } from "./create-pass.js";
import type { PassChoice } from "./training-pass.js";

let engine: Engine;
const compiled: string[] = [];
beforeAll(async () => {
  const runtime = await createOnnxRuntimeEngine({ threads: 1 });
  engine = {
    ...runtime,
    compile: (name, ...rest) => {
      compiled.push(name);
      return runtime.compile(name, ...rest);
    },
  };
});
afterAll(() => engine.dispose());

const { config, parameters } = tinyModel();
const shapes = Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, shape]));

/** The names of the programs that a call compiles. */
const programsOf = async (choice: PassChoice | undefined, checkpointing: boolean): Promise<string[]> => {
  compiled.splice(0);
  const options = { engine, config, parameters: shapes, trainable: [], linear, padTokenId: 0, checkpointing };
  const pass = createTrainingPass(options, choice);
  const rows = [{ promptIds: [3, 4], completionIds: [5, 6] }];
  await pass.logProbabilities({ rows, temperature: 1 }, weightBuffers(engine, parameters));
  pass.release();
  return [...compiled];
};

const LAYERED = ["layer-forward", "head-forward"];

test("a small model is one program, unless the layered pass is asked for", async () => {
  expect(await programsOf(undefined, false)).toEqual(["log-probabilities"]);
  expect(await programsOf("auto", false)).toEqual(["log-probabilities"]);
  expect(await programsOf("layered", false)).toEqual(LAYERED);
});

test("checkpointing takes the layered pass, which alone can, unless the whole one is asked for", async () => {
  expect(await programsOf("auto", true)).toEqual(LAYERED);
  expect(await programsOf("whole", true)).toEqual(["log-probabilities"]);
});
