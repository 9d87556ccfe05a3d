import { expect, test } from "vitest";
import { createBatcher } from "./batcher.js";

const { signal } = new AbortController();

test("items of one turn go together, and each caller gets its own", async () => {
  const sent: (readonly string[])[] = [];
  const ask = createBatcher<string, number>(3, async (items) => {
    sent.push(items);
    return items.map((item) => (item === "bad" ? new Error("bad item") : item.length));
  });
  const results = await Promise.allSettled(["a", "bad", "ccc", "dddd"].map((item) => ask(item, signal)));
  expect(sent).toEqual([["a", "bad", "ccc"], ["dddd"]]);
  expect(results.map((result) => (result.status === "fulfilled" ? result.value : String(result.reason)))).toEqual([
    1,
    "Error: bad item",
    3,
    4,
  ]);
  expect(await ask("later", signal)).toBe(5);
  expect(sent).toHaveLength(3);
});

test("a request ends early only when nobody waits for it any more", async () => {
  const [one, other] = [new AbortController(), new AbortController()];
  let begin: (stopping: AbortSignal) => void = () => {};
  const begun = new Promise<AbortSignal>((resolve) => (begin = resolve));
  const ask = createBatcher<string, string>(2, async (items, stopping) => {
    begin(stopping);
    return new Promise((_, reject) => stopping.addEventListener("abort", () => reject(stopping.reason)));
  });
  const settled = Promise.allSettled([ask("a", one.signal), ask("b", other.signal)]);
  const stopping = await begun;
  one.abort(new Error("first"));
  expect(stopping.aborted).toBe(false);
  other.abort(new Error("second"));
  expect(stopping.aborted).toBe(true);
  expect((await settled).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});
