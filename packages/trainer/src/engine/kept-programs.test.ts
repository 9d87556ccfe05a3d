import type { Tensor } from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import type { Engine } from "./engine.js";
import { anyOfRank, keepPrograms } from "./kept-programs.js";
import { createOnnxRuntimeEngine } from "./onnxruntime/engine.js";

const runtime = await createOnnxRuntimeEngine({ threads: 1 });
const compiled: string[] = [];
const engine: Engine = {
  ...runtime,
  compile: (name, ...rest) => {
    compiled.push(name);
    return runtime.compile(name, ...rest);
  },
};

const source = () => ({
  program: ({ x }: Readonly<Record<string, Tensor>>) => ({ y: (x as Tensor).neg() }),
  inputs: { x: anyOfRank(2) },
});

test("a program is compiled once, for every size, and anew after all were disposed", async () => {
  const programs = keepPrograms(engine);
  const [one, same] = await Promise.all([programs.get("negate", source), programs.get("negate", source)]);
  expect(same).toBe(one);
  for (const shape of [
    [1, 2],
    [2, 1],
  ]) {
    expect((await one.run({ x: engine.buffer(Float32Array.of(3, 4), shape) }))["y"]?.data).toEqual(
      Float32Array.of(-3, -4),
    );
  }
  expect(compiled).toEqual(["negate"]);
  programs.dispose();
  // Programs that are still being compiled are disposed once they are there: never in the same turn.
  await new Promise((resolve) => setImmediate(resolve));
  await expect(one.run({ x: engine.buffer(Float32Array.of(1), [1, 1]) })).rejects.toThrow("after dispose");
  expect(await programs.get("negate", source)).not.toBe(one);
  expect(compiled).toEqual(["negate", "negate"]);
  programs.dispose();
});

test("a program that could not be compiled is tried again", async () => {
  let failures = 1;
  const failing: Engine = {
    ...runtime,
    compile: (...request) =>
      failures-- > 0 ? Promise.reject(new Error("out of memory")) : runtime.compile(...request),
  };
  const programs = keepPrograms(failing);
  await expect(programs.get("negate", source)).rejects.toThrow("out of memory");
  const program = await programs.get("negate", source);
  expect(await programs.get("negate", source)).toBe(program);
  programs.dispose();
});
