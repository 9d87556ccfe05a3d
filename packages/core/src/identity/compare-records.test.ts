import { expect, test } from "vitest";
import { compareRecords } from "./compare-records.js";
import type { RewardRecord, RewardsRecord } from "./reward-records.js";

const settings = { weight: 1, columns: { answer: "solution" }, params: { model: "small" } };
const sql = { package: "pavlov-reward-sql", version: "1.0.0", integrity: "sha256-aaaaaaaaaaaa=" };
const executes: RewardRecord = { reward: "executes", ...sql, ...settings };
const own: RewardRecord = { reward: "length", file: "rewards/mine.ts", integrity: "sha256-bbbbbbbbbbbb=", ...settings };

const record = (parts: Readonly<Record<string, RewardRecord>>, combine?: string): RewardsRecord => ({
  parts,
  ...(combine === undefined ? {} : { combine }),
});
const from = (reward: RewardRecord, changes: Partial<RewardRecord>) =>
  compareRecords(record({ it: reward }), record({ it: { ...reward, ...changes } }));

test("the same rewards have no differences, wherever their files lie", () => {
  expect(from(executes, {})).toEqual([]);
  expect(from(own, { file: "elsewhere/mine.ts" })).toEqual([]);
});

test.each<[string, RewardRecord, Partial<RewardRecord>, string]>([
  [
    "another version of the package",
    executes,
    { version: "1.1.0", integrity: "sha256-c=" },
    'Reward "it" was pavlov-reward-sql@1.0.0#executes and is pavlov-reward-sql@1.1.0#executes.',
  ],
  [
    "an edited package",
    executes,
    { integrity: "sha256-cccccccccccc=" },
    'Reward "it" is pavlov-reward-sql@1.0.0#executes as before, but the files of the package are others ' +
      "(sha256-aaaaaaaa… then, sha256-cccccccc… now).",
  ],
  [
    "an edited file",
    own,
    { integrity: "sha256-c=" },
    'Reward "it" is rewards/mine.ts#length as before, but the file, or one that it imports, holds something else.',
  ],
  [
    "another reward of the package",
    executes,
    { reward: "matches" },
    'Reward "it" was pavlov-reward-sql@1.0.0#executes and is pavlov-reward-sql@1.0.0#matches.',
  ],
  ["a weight", own, { weight: 0.5 }, 'Reward "it": weight was 1 and is 0.5.'],
  ["a param", own, { params: { model: "large" } }, 'Reward "it": params.model was "small" and is "large".'],
  ["a param less", own, { params: {} }, 'Reward "it": params.model was "small" and is not given.'],
  ["a mapping", own, { columns: {} }, 'Reward "it": columns.answer was "solution" and is not given.'],
])("%s is said in one sentence", (_, reward, changes, sentence) => {
  expect(from(reward, changes)).toEqual([sentence]);
});

test("rewards that came, went or hold others are named, and so are expressions", () => {
  const inline: RewardRecord = { reward: "short", ...settings };
  const before = record({ a: own, nested: { reward: "composite", ...settings, parts: { b: own }, combine: "b" } }, "a");
  const changed = { ...own, weight: 3 };
  const after = record({
    nested: { reward: "composite", ...settings, parts: { b: changed }, combine: "b * 2" },
    short: inline,
  });
  expect(compareRecords(before, after)).toEqual([
    'Reward "a" (rewards/mine.ts#length) is not there any more.',
    'Reward "nested/b": weight was 1 and is 3.',
    'The expression of reward "nested" was "b" and is "b * 2".',
    'Reward "short" (short, defined inline) was not there.',
    'The expression of combine was "a" and is not given.',
  ]);
});

test("a name of a prototype is a name like others", () => {
  expect(compareRecords(record({}), record({ toString: own }))).toEqual([
    'Reward "toString" (rewards/mine.ts#length) was not there.',
  ]);
});
