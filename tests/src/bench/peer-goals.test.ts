import { expect, test } from "vitest";
import { meetsBar } from "./measurement.js";
import { compareWithPeer, type PeerFigures } from "./peer-goals.js";

const work = { generations: 8, prompts: 1 };
const theirs = { ...work, peer: "trl", peak_rss_gb: 6 } as const;
const ours = { ...work, peer: "pavlov", dtype: "float32", peak_rss_gb: 4.2 } as const;
const runs: readonly PeerFigures[] = [
  { ...theirs, dtype: "float32", precision: "float32", step_s: 25.6, generate_tok_s: 50 },
  { ...ours, precision: "float32", step_s: 8, generate_tok_s: 170 },
  { ...ours, precision: "int8", step_s: 7, generate_tok_s: 220 },
  { ...theirs, dtype: "bfloat16", precision: "bfloat16", step_s: 18.4, generate_tok_s: 90 },
];

const missed = (all: readonly PeerFigures[]): string[] =>
  compareWithPeer(8, all)
    .filter((each) => meetsBar(each) === false)
    .map(({ name }) => name);

test("ratios are of TRL's seconds to ours and of our tokens to TRL's", () => {
  const values = new Map(compareWithPeer(8, runs).map(({ name, value }) => [name, value]));
  expect(values.get("8 completions: a step, float32 against TRL's float32")).toBeCloseTo(3.2);
  expect(values.get("8 completions: generation, int8 against TRL's float32")).toBeCloseTo(4.4);
  expect(values.get("8 completions: a step, int8 against TRL's bfloat16")).toBeCloseTo(18.4 / 7);
});

test("what falls short of its goal is named", () => {
  expect(missed(runs)).toEqual(["8 completions: generation, int8 against TRL's float32"]);
  expect(missed(runs.map((run) => ({ ...run, peak_rss_gb: 5 })))).toContain(
    "8 completions: Pavlov float32, peak memory",
  );
});

test("of several rounds the median counts", () => {
  const slow: PeerFigures = { ...ours, precision: "float32", step_s: 30, generate_tok_s: 170 };
  const fast: PeerFigures = { ...slow, step_s: 7 };
  const step = compareWithPeer(8, [...runs, slow, fast]).find(({ name }) => name.endsWith("Pavlov float32, a step"));
  expect(step?.value).toBe(8);
});

test("without TRL's figures there are no ratios", () => {
  const names = compareWithPeer(
    8,
    runs.filter(({ peer }) => peer === "pavlov"),
  ).map(({ name }) => name);
  expect(names.some((name) => name.includes("against"))).toBe(false);
  expect(compareWithPeer(32, runs)).toEqual([]);
});
