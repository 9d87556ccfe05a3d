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

it("may begin at the end of a line, where the fence names a language", () => {
  const text = "Here: ```python\na\n``` and ```js\nb\n```\nnot this ``` or ```that``` or ```this one";
  expect(fencedBlocks(text)).toEqual([
    { language: "python", text: "a\n" },
    { language: "js", text: "b\n" },
  ]);
});

it("may end at the end of a line", () => {
  expect(fencedBlocks("```js\na\nb```  \nc")).toEqual([{ language: "js", text: "a\nb" }]);
  expect(fencedBlocks("```js\nlet a = `${b}```c`;\n```")).toEqual([{ language: "js", text: "let a = `${b}```c`;\n" }]);
});

it("are not begun by code within a line", () => {
  expect(fencedBlocks("```x = 1``` is\n````md\na\n````")).toEqual([{ language: "md", text: "a\n" }]);
});
