import { describe, expect, test } from "vitest";
import { type Pair, pairsOf } from "./pairs.js";
import { type Compared, standings } from "./standings.js";

const letters = "abcdefgh";

/** Comparisons of so many, in which the later letter wins; those that are named, such as "ab", fail. */
function played(count: number, failing: readonly string[]) {
  const pairs = pairsOf(count, null, 3);
  const nameOf = (pair: Pair) =>
    [...pair]
      .sort((left, right) => left - right)
      .map((place) => letters[place])
      .join("");
  const results = pairs.map((pair): Compared => {
    const name = nameOf(pair);
    return failing.includes(name) ? new Error(name) : pair[0] > pair[1] ? 1 : 0;
  });
  return standings(count, pairs, results).map((standing) =>
    standing instanceof Error ? standing.message : `${standing.won}/${standing.games}`,
  );
}

describe("standings", () => {
  test("are shares of all comparisons where none failed", () => {
    expect(played(4, [])).toEqual(["0/3", "1/3", "2/3", "3/3"]);
  });

  test("leave out the one whose comparisons all fail, and are as if it had never been there", () => {
    expect(played(4, ["ac", "bc", "cd"])).toEqual(["0/2", "1/2", expect.stringMatching(/^(ac|bc|cd)$/), "2/2"]);
  });

  test("leave out both where nobody knows which of them is to blame", () => {
    expect(played(5, ["bd"])).toEqual(["0/2", "bd", "1/2", "bd", "2/2"]);
  });

  test("leave out no more than is needed of several", () => {
    expect(played(6, ["ab", "ac", "ef"])).toEqual([
      expect.stringMatching(/^(ab|ac)$/),
      "0/2",
      "1/2",
      "2/2",
      "ef",
      "ef",
    ]);
  });

  test("are errors where nobody is left to compare with", () => {
    expect(played(2, ["ab"])).toEqual(["ab", "ab"]);
    expect(played(3, ["ab"])).toEqual(["ab", "ab", "ab"]);
    const all = ["ab", "ac", "ad", "bc", "bd", "cd"];
    expect(played(4, all).every((message) => all.includes(message))).toBe(true);
  });

  test("do not depend on the order of the group", () => {
    const pairs = pairsOf(6, null, 0);
    const fails = ([one, other]: Pair) => [one, other].includes(2) && [one, other].some((place) => place > 3);
    const results = pairs.map((pair): Compared => (fails(pair) ? new Error("failed") : pair[0] > pair[1] ? 1 : 0.5));
    const turned = pairs.map(([one, other]): Pair => [5 - one, 5 - other]);
    expect(standings(6, turned, results).toReversed()).toEqual(standings(6, pairs, results));
  });
});
