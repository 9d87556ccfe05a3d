import { expect, test } from "vitest";
import type { Program } from "../engine/engine.js";
import { createProgramCache } from "./program-cache.js";

const recorder = () => {
  const events: string[] = [];
  const compile = (name: string) => async (): Promise<Program> => {
    events.push(`compile ${name}`);
    return { name, run: () => Promise.resolve({}), dispose: () => events.push(`dispose ${name}`) };
  };
  return { events, compile };
};

test("compiles a program once and releases the one used longest ago", async () => {
  const { events, compile } = recorder();
  const cache = createProgramCache(2);
  await cache.get("a", compile("a"));
  await cache.get("b", compile("b"));
  expect((await cache.get("a", compile("a"))).name).toBe("a");
  await cache.get("c", compile("c"));
  expect(events).toEqual(["compile a", "compile b", "compile c", "dispose b"]);
  cache.dispose();
  expect(events.slice(4)).toEqual(["dispose a", "dispose c"]);
});
