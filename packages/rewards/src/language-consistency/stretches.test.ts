import { expect, it } from "vitest";
import { stretchesOf } from "./stretches.js";

const long = "This sentence is long enough that one can tell its language.";

it("keeps sentences that are long enough apart", () => {
  expect(stretchesOf(`${long} ${long}`)).toEqual([long, ` ${long}`]);
});

it("joins short sentences", () => {
  expect(stretchesOf("So. Yes. No. Well. I see.")).toEqual(["So. Yes. No. Well. I see."]);
});

it("lets a last sentence stand alone, but not a last word", () => {
  expect(stretchesOf(`${long} Das kann man erkennen, glaube ich.`)).toHaveLength(2);
  expect(stretchesOf(`${long} Ja.`)).toEqual([`${long} Ja.`]);
});

it("cuts what has no sentences", () => {
  const parts = stretchesOf("word ".repeat(1000));
  expect(parts.every((part) => part.length <= 201)).toBe(true);
  expect(parts.join("").trim()).toBe("word ".repeat(1000).trim());
  expect(stretchesOf("a".repeat(1000))).toHaveLength(5);
});

it("finds nothing in nothing", () => {
  expect(stretchesOf("")).toEqual([]);
  expect(stretchesOf(" 2 + 2 = 4\n")).toEqual([]);
});
