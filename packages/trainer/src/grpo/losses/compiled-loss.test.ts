import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Buffer, Engine, Tensors } from "../../engine/engine.js";
import { createOnnxRuntimeEngine } from "../../engine/onnxruntime/engine.js";
import { CASE, IMPORTANCE, OPTIONS, tensors } from "./loss-case.test.fixture.js";
import { policyLoss } from "./policy-loss.js";
import { IMPORTANCE_SAMPLING_LEVELS, LOSS_TYPES, type PolicyLossInputs, type PolicyLossOptions } from "./types.js";

let engine: Engine;

beforeAll(async () => {
  engine = await createOnnxRuntimeEngine({ threads: 1 });
});

afterAll(() => engine.dispose());

/** The loss, its gradients for log-probabilities and entropies, and its metrics. */
const programOf = (options: PolicyLossOptions) => (inputs: Tensors) => {
  let metrics: Readonly<Record<string, tf.Tensor>> = {};
  const { value, grads } = tf.valueAndGrads((logProbabilities: tf.Tensor, entropies: tf.Tensor) => {
    const given = inputs as unknown as PolicyLossInputs;
    const result = policyLoss({ ...given, logProbabilities, entropies }, options);
    metrics = Object.fromEntries(Object.entries(result.metrics).map(([name, metric]) => [name, tf.keep(metric)]));
    return result.loss;
  })([inputs["logProbabilities"] as tf.Tensor, inputs["entropies"] as tf.Tensor]);
  const [ofLogProbabilities, ofEntropies] = grads as [tf.Tensor, tf.Tensor];
  return { loss: value, ofLogProbabilities, ofEntropies, ...metrics };
};

test.each(LOSS_TYPES.flatMap((lossType) => IMPORTANCE_SAMPLING_LEVELS.map((level) => [lossType, level] as const)))(
  "%s at %s level, with every term and mask, is the same compiled as kernel by kernel",
  async (lossType, importanceSamplingLevel) => {
    await tf.setBackend("cpu");
    const program = programOf({
      ...OPTIONS,
      lossType,
      importanceSamplingLevel,
      delta: 1.5,
      beta: 0.05,
      topEntropyQuantile: 0.7,
      offPolicyMaskThreshold: -0.1,
      entropyBonus: true,
    });
    const inputs = { ...tensors({ ...CASE, importance: IMPORTANCE }) } as unknown as Record<string, tf.Tensor>;
    const expected = Object.entries(program(inputs)).map(([name, tensor]) => [name, tensor.dataSync()] as const);

    const buffers: Record<string, Buffer> = {};
    for (const [name, { shape, dtype }] of Object.entries(inputs)) {
      expect(dtype).toBe("float32");
      buffers[name] = engine.buffer(inputs[name]?.dataSync() as Float32Array, shape);
    }
    const specs = Object.entries(inputs).map(([name, { shape }]) => [name, { shape, dtype: "float32" }] as const);
    const compiled = await engine.compile("loss", program, Object.fromEntries(specs));
    const outputs = await compiled.run(buffers);
    expect(Object.keys(outputs)).toEqual(expected.map(([name]) => name));
    for (const [name, values] of expected) {
      const actual = await outputs[name]?.read();
      values.forEach((value, index) => expect(actual?.[index], `${name}[${index}]`).toBeCloseTo(value, 5));
    }
    compiled.dispose();
  },
);
