import { expect, it } from "vitest";
import { readList } from "./read-list.js";

const itemsOf = (
  text: string,
  { inProse = false, separator = null }: { inProse?: boolean; separator?: string | null } = {},
) => readList(text, { inProse, separator }).items;

it.each([
  ["a JSON array", '["a", 2, {"b": 1}]', ["a", "2", '{"b":1}']],
  ["bullets, whatever stands around them", "So:\n- a\n- b\n\nDone.", ["a", "b"]],
  ["lines", "a\n\n b \n", ["a", "b"]],
  ["semicolons", "a, b; c", ["a, b", "c"]],
  ["commas", "a,b, c", ["a,b", "c"]],
  ["commas without spaces", "a,b,c", ["a", "b", "c"]],
  ["a last item after and", "a, b and c", ["a", "b", "c"]],
  ["a last item that begins with and", "a, b, and c", ["a", "b", "c"]],
  ["brackets around it", "[a, b]", ["a", "b"]],
  ["one item, with and", "salt and pepper", ["salt and pepper"]],
  ["none", "None.", []],
  ["nothing", " ", []],
])("reads %s", (_, text, items) => {
  expect(itemsOf(text)).toEqual(items);
});

it("takes the last line of prose", () => {
  expect(itemsOf("I think, well.\nThe colours are: red, blue", { inProse: true })).toEqual(["red", "blue"]);
});

it("splits at what it is told to", () => {
  expect(itemsOf("a|b, c||d", { separator: "|" })).toEqual(["a", "b, c", "d"]);
});

it("counts the items that it does not keep", () => {
  expect(readList("a,b,,c", { inProse: false, separator: null, limit: 2 })).toEqual({ items: ["a", "b"], count: 3 });
});
