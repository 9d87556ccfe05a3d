import { expect, test } from "vitest";
import { otherProblems, suggestReference, unusableNamespace } from "./unknown-name.js";

const names = ["math", "length", "sql/score", "shout/score", "shout/loudness"];

test.each([
  ["lenght", ' Did you mean "length"?'],
  ["sqll/score", ' Did you mean "sql/score"?'],
  ["shuot/scroe", ' Did you mean "shout/score"?'],
  ["shout/loudnes", ' Did you mean "shout/loudness"?'],
  ["loudness", ' Did you mean "shout/loudness"?'],
  ["loud/loudness", ' Did you mean "shout/loudness"?'],
  ["pavlov/math", ' Did you mean "math"?'],
  ["score", ""],
  ["duckdb/score", ""],
  ["spout/nothing", ""],
])("%s%s", (text, meant) => {
  expect(suggestReference(text, names)).toBe(meant);
});

const reason = 'pavlov-reward-one@1.0.0 and pavlov-reward-two@1.0.0 have the same namespace, "one"';
const problems = [
  { package: "@acme/pavlov-reward-peer@0.1.0", reason: "it needs duckdb beside it", fix: "Run: npm install duckdb" },
  { package: "pavlov-reward-one@1.0.0", namespace: "one", reason, fix: "Remove one." },
  { package: "pavlov-reward-two@1.0.0", namespace: "one", reason, fix: "Remove one." },
  { package: "pavlov-reward-gone", reason: "it is not installed", fix: "Run: npm install" },
];

test("a plugin whose manifest was not read is known by its package's name, and no other is named", () => {
  const { message, hint } = unusableNamespace("reward", "peer/score", problems) ?? {};
  expect(message).toBe(
    'There is no reward "peer/score": @acme/pavlov-reward-peer@0.1.0 cannot be used: it needs duckdb beside it.',
  );
  expect(hint).toBe("Run: npm install duckdb");
  expect(unusableNamespace("reward", "gone/score", problems)?.hint).toBe("Run: npm install");
});

test("what plugins of one namespace share is told once", () => {
  const { message } = unusableNamespace("preset", "one/score", problems) ?? {};
  expect(message).toBe(`There is no preset "one/score": pavlov-reward-one@1.0.0 cannot be used: ${reason}.`);
  expect(unusableNamespace("reward", "two/score", problems)).toBeUndefined();
  expect(unusableNamespace("reward", "score", problems)).toBeUndefined();
});

test("others are named in short", () => {
  expect(otherProblems([])).toBe("");
  expect(otherProblems(problems)).toBe(
    " Plugins that cannot be used: @acme/pavlov-reward-peer@0.1.0, pavlov-reward-one@1.0.0, pavlov-reward-two@1.0.0" +
      " and 1 more; pavlov list says why.",
  );
});
