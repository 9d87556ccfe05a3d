import { expect, test } from "vitest";
import { chooseColors } from "./colors.js";

const isColoured = (wish: Partial<Parameters<typeof chooseColors>[0]>): boolean =>
  chooseColors({ wanted: true, isTerminal: true, environment: {}, ...wish }).isColorSupported;

test("colours appear on a terminal alone", () => {
  expect(isColoured({})).toBe(true);
  expect(isColoured({ isTerminal: false })).toBe(false);
  expect(isColoured({ environment: { TERM: "dumb" } })).toBe(false);
});

test("--no-color and NO_COLOR take them away, an empty NO_COLOR does not", () => {
  expect(isColoured({ wanted: false })).toBe(false);
  expect(isColoured({ environment: { NO_COLOR: "1" } })).toBe(false);
  expect(isColoured({ environment: { NO_COLOR: "" } })).toBe(true);
});

test("FORCE_COLOR colours a pipe, and NO_COLOR wins over it", () => {
  expect(isColoured({ isTerminal: false, environment: { FORCE_COLOR: "1" } })).toBe(true);
  expect(isColoured({ isTerminal: false, environment: { FORCE_COLOR: "0" } })).toBe(false);
  expect(isColoured({ isTerminal: false, environment: { FORCE_COLOR: "1", NO_COLOR: "1" } })).toBe(false);
});
