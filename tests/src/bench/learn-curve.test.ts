import { expect, test } from "vitest";
import { curveMeasurements, drawCurve, meanReward, type CurvePoint, type LearningCurve } from "./learn-curve.js";
import { meetsBar } from "./measurement.js";

const point = (step: number, reward: number | null): CurvePoint => ({
  ...{ step, reward, rewards: { words: reward, digits: 0 }, seconds: 15 },
});

const curveOf = (points: readonly CurvePoint[], changes: Partial<LearningCurve> = {}): LearningCurve => ({
  ...{ example: "twenty-words", cpu: "any", threads: 2, points, seconds: 600 },
  ...{ firstFive: meanReward(points.slice(0, 5)), lastTen: meanReward(points.slice(-10)) },
  ...changes,
});

const rising = Array.from({ length: 40 }, (_, index) => point(index + 1, index / 50 - 1));
const peer = { firstFive: -0.99, lastTen: -0.367, seconds: 1800 };

const missed = (curve: LearningCurve): string[] =>
  curveMeasurements(curve)
    .filter((each) => meetsBar(each) === false)
    .map(({ name }) => name);

test("a step without a score is left out of the mean", () => {
  expect(meanReward([point(1, -1), point(2, null), point(3, -0.5)])).toBe(-0.75);
});

test("the last ten steps must come near the peer's, in time", () => {
  expect(missed(curveOf(rising, { peer, lastTen: -0.4 }))).toEqual([]);
  expect(missed(curveOf(rising, { peer, lastTen: -0.42 }))).toEqual(["twenty-words: its distance from TRL's -0.367"]);
  expect(missed(curveOf(rising, { peer, lastTen: -0.4, seconds: 721 }))).toEqual(["twenty-words: the whole run"]);
  expect(missed(curveOf(rising, { lastTen: -9, seconds: 9999 }))).toEqual([]);
});

test("every point of every series is drawn inside the picture", () => {
  const svg = drawCurve(curveOf(rising, { peer }));
  const lines = [...svg.matchAll(/points="([^"]+)"/g)].map(([, points = ""]) => points.split(" "));
  expect(lines.map(({ length }) => length)).toEqual([40, 40, 40]);
  for (const [x = NaN, y = NaN] of lines.flat().map((pair) => pair.split(",").map(Number))) {
    expect(x >= 0 && x <= 720 && y >= 0 && y <= 360).toBe(true);
  }
  expect(svg).toContain("TRL");
});

test("a run of one step, or of equal rewards, can be drawn", () => {
  for (const points of [[point(1, 0)], [point(1, null)], []]) expect(drawCurve(curveOf(points))).not.toMatch(/NaN|Inf/);
});
