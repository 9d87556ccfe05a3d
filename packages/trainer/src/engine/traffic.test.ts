/** What is counted on a device, to the byte; the CPU counts nothing. */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { describe, expect, test } from "vitest";
import type { Engine, Specs, TensorProgram } from "./engine.js";
import { createOnnxRuntimeEngine } from "./onnxruntime/engine.js";
import { softwareGpu } from "./onnxruntime/software-gpu.test.fixture.js";
import { createTfjsEngine } from "./tfjs/engine.js";
import { builtNodeGpu } from "./tfjs/node-gpu.test.fixture.js";
import { trafficBetween, TrafficMeter, type Traffic } from "./traffic.js";

const zero: Traffic = { bytesToDevice: 0, bytesFromDevice: 0, crossings: 0, seconds: 0 };

test("seconds are told where they are known, and only there", () => {
  const [timed, untimed] = [new TrafficMeter({ isTimed: true }), new TrafficMeter({ isTimed: false })];
  for (const meter of [timed, untimed]) {
    meter.sent(12);
    meter.fetched(4);
    meter.took(0.5);
  }
  expect(timed.total).toEqual({ bytesToDevice: 12, bytesFromDevice: 4, crossings: 2, seconds: 0.5 });
  expect(untimed.total).toEqual({ bytesToDevice: 12, bytesFromDevice: 4, crossings: 2, seconds: null });
  expect(trafficBetween(zero, timed.total)).toEqual(timed.total);
  expect(trafficBetween(timed.total, timed.total)).toEqual(zero);
});

test("an engine that computes in memory tells of no traffic", async () => {
  expect(await createOnnxRuntimeEngine()).not.toHaveProperty("traffic");
  expect(await createTfjsEngine("cpu")).not.toHaveProperty("traffic");
});

const [webgpu, nodeGpu] = [await softwareGpu(), await builtNodeGpu()];
const engines: readonly (readonly [name: string, open: () => Promise<Engine>, isThere: boolean])[] = [
  ["webgpu", () => createOnnxRuntimeEngine({ provider: "webgpu" }), webgpu !== null],
  ["tfjs-node-gpu", () => createTfjsEngine("tensorflow"), nodeGpu !== null],
];

describe.each(engines.filter(([, , isThere]) => isThere))("on %s", (name, open) => {
  const specs: Specs = { x: { shape: [5], dtype: "float32" }, y: { shape: [5], dtype: "float32" } };
  const program: TensorProgram = ({ x, y }) => {
    const sum = tf.add(x as Tensor, y as Tensor);
    return { total: tf.sum(sum), sum };
  };

  test("each crossing counts with its bytes, once", async () => {
    const engine = await open();
    const sum = await engine.compile("sum", program, specs, { keeps: (result) => result === "sum" });
    const seen: (readonly [to: number, from: number, crossings: number])[] = [];
    let before = (await engine.traffic?.()) as Traffic;
    const note = async (): Promise<void> => {
      const now = (await engine.traffic?.()) as Traffic;
      const { bytesToDevice, bytesFromDevice, crossings } = trafficBetween(before, now);
      seen.push([bytesToDevice, bytesFromDevice, crossings]);
      before = now;
    };
    const x = await engine.resident(new Float32Array(5).fill(1), [5]);
    await note();
    const outputs = await sum.run({ x, y: engine.buffer(new Float32Array(5).fill(2), [5]) });
    await note();
    expect(Array.from((await outputs["sum"]?.read()) as Float32Array)).toEqual([3, 3, 3, 3, 3]);
    await note();
    await x.write(new Float32Array(5).fill(4));
    await note();
    const weights = engine.buffer(new Float32Array(1000).fill(2), [1000]);
    const holding = await engine.compile(
      "holding",
      ({ w }) => ({ total: tf.sum(tf.mul(w as Tensor, w as Tensor)) }),
      { w: { shape: [1000], dtype: "float32" } },
      { constants: { w: weights } },
    );
    expect((await holding.run({}))["total"]?.data?.[0]).toBe(4000);
    await holding.refresh();
    await note();
    const again = await sum.run({ x, y: outputs["sum"]! });
    expect(again["total"]?.data?.[0]).toBe(35);
    await note();
    await note();
    expect(seen).toEqual([
      [20, 0, 1], // up
      [20, 4, 2], // a run with an input and a result in memory
      [0, 20, 1], // read
      [20, 0, 1], // written
      name === "webgpu" ? [8000, 4, 3] : [4000, 4, 2], // part of a program, twice, and a result
      [0, 4, 1], // a run whose inputs are there
      [0, 0, 0],
    ]);
    engine.dispose();
  });
});
