import { expect, it } from "vitest";
import { fencedBlocks } from "./fenced-blocks.js";

it("are what stands between fences that begin lines, with their languages", () => {
  const text = "So:\n```ts\nlet a;\n```\nand\n  ``` \nb\n\n```\nuse ``` well";
  expect(fencedBlocks(text)).toEqual([
    { language: "ts", text: "let a;\n" },
    { language: "", text: "b\n\n" },
  ]);
});

it("have to be closed", () => {
  expect(fencedBlocks("```\na\n```\n```\nb")).toEqual([{ language: "", text: "a\n" }]);
});
