import { expect, test } from "vitest";
import type { Program } from "../engine/engine.js";
import { createProgramCache } from "./program-cache.js";

const recorder = () => {
  const events: string[] = [];
  const compile = (name: string) => async (): Promise<Program> => {
    events.push(`compile ${name}`);
    return {
      name,
      run: () => Promise.resolve({}),
      forget: () => undefined,
      refresh: () => Promise.resolve(),
      dispose: () => events.push(`dispose ${name}`),
    };
  };
  return { events, compile };
};

const shape = (name: string, bytes = 10) => ({ name, bytes });

test("compiles a program once", async () => {
  const { events, compile } = recorder();
  const cache = createProgramCache(100, 4);
  await cache.get(shape("a"), "forward", compile("a forward"));
  await cache.get(shape("a"), "backward", compile("a backward"));
  expect((await cache.get(shape("a"), "forward", compile("again"))).name).toBe("a forward");
  expect(events).toEqual(["compile a forward", "compile a backward"]);
  cache.dispose();
  expect(events.slice(2)).toEqual(["dispose a forward", "dispose a backward"]);
});

test("releases all programs of the shape used longest ago before shapes take too many bytes", async () => {
  const { events, compile } = recorder();
  const cache = createProgramCache(25, 9);
  await cache.get(shape("a"), "forward", compile("a forward"));
  await cache.get(shape("a"), "backward", compile("a backward"));
  await cache.get(shape("b"), "forward", compile("b forward"));
  await cache.get(shape("a"), "forward", compile("a forward"));
  await cache.get(shape("c"), "forward", compile("c forward"));
  expect(events.slice(3)).toEqual(["dispose b forward", "compile c forward"]);
  await cache.get(shape("d", 20), "forward", compile("d forward"));
  expect(events.slice(5)).toEqual([
    "dispose a forward",
    "dispose a backward",
    "dispose c forward",
    "compile d forward",
  ]);
});

test("keeps the programs of one shape that alone is too large", async () => {
  const { events, compile } = recorder();
  const cache = createProgramCache(25, 9);
  await cache.get(shape("a", 1000), "forward", compile("forward"));
  await cache.get(shape("a", 1000), "backward", compile("backward"));
  await cache.get(shape("a", 1000), "forward", compile("forward"));
  expect(events).toEqual(["compile forward", "compile backward"]);
});

test("keeps no more shapes than it may, however small", async () => {
  const { events, compile } = recorder();
  const cache = createProgramCache(1000, 2);
  for (const name of ["a", "b", "c"]) await cache.get(shape(name, 1), "forward", compile(name));
  expect(events).toEqual(["compile a", "compile b", "dispose a", "compile c"]);
});
